"""__complete: answer a shell's TAB in the protocol of cobra's completion scripts, which are docker's, podman's and pycman's own.

One candidate a line, with a tab before what it is; then a line ":N" with what the shell shall do: 0 complete files, 2 put no space
behind a candidate, 4 complete no files. Paths in an image or a container are looked up there.

What is completed where is described with each command (`of=` in cli/describe/) and read from cli/completion_kinds.py. A candidate
replaces the whole word before the cursor, but for a flag in front of "=", which the scripts know.
"""

from __future__ import annotations

import os
import sys

from cli.completion_kinds import KINDS
from cli.parse import FlagTable, parse_flags
from cli.table import ALIASES, COMMANDS, GLOBAL_FLAGS, HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.call import Call

FILES = ":files"
"""What `candidates` returns where the shell shall complete files."""
_DEFAULT, _NO_SPACE, _NO_FILES = 0, 2, 4
_NAMES = {_DEFAULT: "Default", _NO_SPACE: "NoSpace", _NO_FILES: "NoFileComp"}
_SWITCH_VALUES = "true|false"


def run(call: Call) -> int:
    """Print the candidates with what they are, and the directive."""
    return answer(call, described=True)


def answer(call: Call, *, described: bool) -> int:
    """Print the candidates and the directive; on standard error its name, which people see who try it out.

    Errors are not printed: the message would stand in the middle of the line being typed.
    """
    *words, current = call.arguments or [""]
    try:
        lines = _paths(call, words, current) or candidates(call, words, current)
    except Exception:  # see above
        lines = []
    if current.startswith("-") and "=" in current:
        lines = [line.removeprefix(current.partition("=")[0] + "=") for line in lines]
    found = [line.rstrip("\t") if described else line.partition("\t")[0] for line in lines if line != FILES]
    if FILES in lines:
        directive = _DEFAULT
    else:
        unfinished = any(each.partition("\t")[0].endswith((":", "/", "=", "}}")) for each in found) or "{{" in current
        directive = _NO_SPACE if unfinished else _NO_FILES
    sys.stdout.write("".join(f"{each}\n" for each in (*found, f":{directive}")))
    sys.stdout.flush()
    sys.stderr.write(f"Completion ended with directive: ShellCompDirective{_NAMES[directive]}\n")
    return 0


def _paths(call: Call, words: list[str], current: str) -> list[str]:
    """Return paths in the image of `run` and `create`, or in the container before ":" of `cp`; [] where neither is meant."""
    command, before = command_and_arguments(words)
    if command in ("run", "create") and before:
        images = call.engine.images
        return paths_in(lambda path: images.entries(before[0], path), current) if images.find(before[0]) else []
    name, colon, path = current.partition(":")
    if command == "cp" and colon:
        containers = call.engine.containers
        return [f"{name}:{each}" for each in paths_in(lambda inside: containers.entries(name, inside), path)]
    return []


def paths_in(entries: Callable[[str], dict[str, bool] | None], typed: str) -> list[str]:
    """Return the paths that begin as `typed`, directories with "/" at their end; of a whole directory what is in it.

    `entries` returns the names in a directory and which are directories, None if there is none. Nothing outside is looked at.
    """
    folder, beginning = os.path.split(typed or "/")
    inside = None if typed.endswith("/") or not beginning else entries(os.path.normpath(f"/{typed.lstrip('/')}"))
    if inside is not None:
        folder, beginning = typed, ""
    else:
        inside = entries(os.path.normpath(f"/{folder.lstrip('/')}")) or {}
    prefix = f"{folder.rstrip('/')}/" if folder else ""
    found = [
        f"{prefix}{name}{'/' * is_folder}" for name, is_folder in sorted(inside.items()) if name.startswith(beginning)
    ]
    return found or ([prefix] if not beginning else [])


def command_and_arguments(words: list[str]) -> tuple[str, list[str]]:
    """Return the command in `words` and its arguments so far; ("", []) while none is there or a flag waits for its value."""
    at = _end_of_flags(FlagTable(GLOBAL_FLAGS), words)
    command, rest = _command(words[at:])
    if not command:
        return "", []
    found, waiting, _ = _arguments(FlagTable(COMMANDS[command][3]), rest, stop_at_first=COMMANDS[command][2])
    return ("", []) if waiting else (command, found)


def candidates(call: Call, words: list[str], current: str) -> list[str]:
    """Return what may stand in place of `current` after `words`."""
    globals_ = FlagTable(GLOBAL_FLAGS)
    at = _end_of_flags(globals_, words)
    if at > len(words):  # the last word is a flag before the command, and waits for its value
        return _values(call, "", globals_, words[-1], current)
    rest = words[at:]
    if not rest and current.startswith("-"):
        return _flags(call, "", globals_, current)
    call.globals.update(parse_flags(globals_, words[:at], stop_at_first=True)[0])  # --root says which names there are
    command, rest = _command(rest)
    if not command:
        return _commands(rest, current)
    table = FlagTable(COMMANDS[command][3])
    before, waiting, only_arguments = _arguments(table, rest, stop_at_first=COMMANDS[command][2])
    if waiting:
        return _values(call, command, table, waiting, current, before)
    if current.startswith("-") and not only_arguments:
        return _flags(call, command, table, current)
    return _of_argument(call, command, before, current)


def _end_of_flags(table: FlagTable, words: list[str]) -> int:
    """Return where the command stands in `words`; one more than their number if a flag still waits for its value."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        at += 2 if _waits(table, words[at]) else 1
    return at


def _command(words: list[str]) -> tuple[str, list[str]]:
    for count in (2, 1):
        name = " ".join(words[:count])
        target = ALIASES.get(name, name)
        if len(words) >= count and target in COMMANDS and target not in HIDDEN:
            return target, words[count:]
    return "", words


def _commands(words: list[str], current: str) -> list[str]:
    """Return commands and groups, or after a group its commands."""
    from cli.help_texts import TEXTS  # large, and only needed for names of commands

    every = [name for name in (*COMMANDS, *ALIASES) if name not in HIDDEN]
    prefix = " ".join(words) + " " if words else ""
    names = {name[len(prefix) :].partition(" ")[0] for name in every if name.startswith(prefix)}
    found = []
    for name in sorted(names):
        if name.startswith(current):
            full = ALIASES.get(prefix + name, prefix + name)
            found.append(f"{name}\t{TEXTS[full].split(chr(10))[2].rstrip('.') if full in TEXTS else ''}")
    return found


def _waits(table: FlagTable, word: str) -> str:
    """Return the flag that wants the word after `word` as its value, or ""."""
    if word.startswith("--"):
        name = word[2:]
        return name if table.kinds.get(name, "b") not in ("b", "o") else ""
    for n, letter in enumerate(word[1:], 2):
        name = table.shorts.get(letter, "")
        if table.kinds.get(name, "b") not in ("b", "o"):
            return name if n == len(word) else ""
    return ""


def _arguments(table: FlagTable, rest: list[str], *, stop_at_first: bool) -> tuple[list[str], str, bool]:
    """Return (arguments, the word of the flag that waits for its value or "", whether only arguments can follow)."""
    found: list[str] = []
    waiting = ""
    for n, word in enumerate(rest):
        if waiting:
            waiting = ""
        elif word == "--":
            return found + rest[n + 1 :], "", True
        elif word.startswith("-") and word != "-":
            waiting = word if _waits(table, word) else ""
        else:
            found.append(word)
            if stop_at_first:
                return found + rest[n + 1 :], "", True
    return found, waiting, False


def _flags(call: Call, command: str, table: FlagTable, current: str) -> list[str]:
    flag, equals, value = current.partition("=")
    if not equals:
        hidden = {row[1:] for row in KINDS.get(command, "").split() if row.startswith("-")}
        shown = sorted(table.kinds.keys() - table.stored_as.keys() - hidden)
        fitting = [name for name in shown if f"--{name}".startswith(current)]
        summaries = _summaries(command)
        return [f"--{name}\t{summaries.get(name, '')}" for name in fitting]
    if table.kinds.get(flag[2:]) in ("b", "o"):
        return [f"{flag}={word}\t" for word in _SWITCH_VALUES.split("|") if word.startswith(value)]
    found = _values(call, command, table, flag, value)
    return found if found == [FILES] else [f"{flag}={line}" for line in found]


def _summaries(command: str) -> dict[str, str]:
    """Return the help of a command's flags, by their names: what stands behind two blanks or more in its help text."""
    from cli.help_texts import TEXTS  # large, and only needed for names of flags

    found = {}
    for line in TEXTS.get(command, "").splitlines():
        dashes = line.find("--")
        if not line.startswith("  ") or dashes not in (2, 6):
            continue
        name, _, rest = line[dashes + 2 :].partition(" ")
        found[name] = rest.rpartition("  ")[2].strip()
    return found


def _values(
    call: Call, command: str, table: FlagTable, word: str, current: str, before: list[str] | tuple[()] = ()
) -> list[str]:
    """Return what the flag written as `word` takes; `before` are the arguments so far."""
    name = _waits(table, word)
    name = table.stored_as.get(name, name)
    if name == "format" and "{{" in current:
        from cli.completion_template import fields_after_braces  # only for templates

        return fields_after_braces(call, command, before, current)
    for row in KINDS.get(command, "").split():
        flag, equals, kinds = row.partition("=")
        if equals and flag == name:
            return _offer(call, kinds, current, ())
    return []


def _of_argument(call: Call, command: str, before: list[str], current: str) -> list[str]:
    kinds = [row for row in KINDS.get(command, "").split() if "=" not in row and row[0] != "-"]
    if not kinds or (len(before) >= len(kinds) and not kinds[-1].endswith("…")):
        return []
    return _offer(call, kinds[min(len(before), len(kinds) - 1)].rstrip("…"), current, before)


def _offer(call: Call, kinds: str, current: str, taken: list[str] | tuple[()]) -> list[str]:
    """Return what begins like `current` and is not `taken`; files only if there is nothing else."""
    found: list[str] = []
    files = False  # none behind a ":", which stands before a path inside the container
    for alternative in kinds.split("|"):
        text, is_kind, kind = alternative.partition("@")
        if is_kind and kind in ("file", "command", "container-path"):
            files = ":" not in current
        if text and is_kind and not current.startswith(text):
            found.append(f"{text}\t")
        elif is_kind:
            found += [f"{text}{name}\t{what}" for name, what in _names(call, kind, taken, current)]
        else:
            found.append(f"{text}\t")
    if files and current.startswith(("/", ".", "~")):
        return [FILES]
    found = [line for line in found if line.startswith(current) and line.partition("\t")[0] not in taken]
    return found or ([FILES] if files else [])


def _images(call: Call, current: str) -> Iterator[tuple[str, str]]:
    """Yield names of images; once two characters are typed ids too, and for podman ends of names once there is one."""
    for image in call.engine.images.list():
        for name in image.names:
            yield name.removeprefix("docker.io/library/").removeprefix("docker.io/"), image.id[:12]
            words = name.split("/") if current and call.habits.names_by_their_end else []
            yield from (("/".join(words[start:]), image.id[:12]) for start in range(1, len(words)))
        if len(current) > 1 and image.id.startswith(current):
            yield image.id[:12], image.names[0] if image.names else "image"


def _names(call: Call, kind: str, taken: list[str] | tuple[()], current: str) -> Iterator[tuple[str, str]]:
    """Yield (name, what it is) of all objects of a kind."""
    if kind in ("container", "running", "container-path"):
        for container in call.engine.containers.list(all=kind != "running"):
            path = ":" if kind == "container-path" else ""
            yield container.name + path, f"{container.state} {container.image_name}"
    elif kind == "image":
        yield from _images(call, current)
    elif kind == "network":
        yield from ((network.name, network.driver) for network in call.engine.networks.list())
    elif kind == "volume":
        yield from ((volume.name, volume.driver) for volume in call.engine.volumes.list())
    elif kind == "secret":
        yield from ((secret.name, secret.id) for secret in call.engine.secrets.list())
    elif kind == "registry":
        from pycman.state.settings import registries_conf  # only loaded where registries are completed

        searched = registries_conf(call.engine.session).unqualified_search_registries
        yield from ((registry, "registry") for registry in searched or ("docker.io",))
    elif kind == "conf-module":
        from cli.global_flags import modules_folders  # only loaded where modules are completed
        from pycman.config.containers_modules import known_modules  # the same

        yield from ((module, "module of containers.conf") for module in known_modules(modules_folders()))
    elif kind == "interface":
        from pycman.linux.host_addresses import interface_names  # only loaded where interfaces are completed

        yield from ((name, "interface") for name in interface_names())
    elif kind == "sysctl":
        from pycman.linux.sysctls import namespaced_sysctls  # only loaded where kernel parameters are completed

        yield from ((name, "kernel parameter") for name in namespaced_sysctls())
    elif kind == "pod":
        from pods.api import Pods  # only loaded where pods are completed

        yield from ((pod.name, pod.state) for pod in Pods(call.engine).list())
    elif kind == "pycman-command":
        for line in _commands(list(taken), current):
            name, _, summary = line.partition("\t")
            yield name, summary
