"""__completeNoDesc: the candidates of `__complete` in the protocol of podman's own completion scripts (cobra's).

One candidate a line, then a line ":N" with what the shell shall do: 0 complete files, 2 put no space behind a candidate,
4 complete no files. Paths in an image or a container are looked up there.
"""

from __future__ import annotations

import os
import sys

from cli.actions.hidden.complete import FILES, candidates, command_and_arguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.call import Call

_DEFAULT, _NO_SPACE, _NO_FILES = 0, 2, 4
_NAMES = {_DEFAULT: "Default", _NO_SPACE: "NoSpace", _NO_FILES: "NoFileComp"}


def run(call: Call) -> int:
    """Print the candidates and the directive; on standard error its name, which people see who try it out."""
    *words, current = call.arguments or [""]
    try:
        lines = _paths(call, words, current) or candidates(call, words, current)
    except Exception:  # the message would stand in the middle of the line being typed
        lines = []
    found = [line.partition("\t")[0] for line in lines if line != FILES]
    if FILES in lines:
        directive = _DEFAULT
    else:
        directive = _NO_SPACE if any(each.endswith((":", "/", "=")) for each in found) else _NO_FILES
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
