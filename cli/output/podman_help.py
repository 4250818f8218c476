"""Help and usage errors in podman's layout, made of pycman's own texts; programs read both (completion scripts, wrappers). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_TITLE = "Manage pods, containers and images"
"""The first line of podman's help, by which scripts know it."""
_LISTS = ("Common commands:", "Containers:", "Images:", "Engine:", "Groups:", "Commands:")


def podman_help(text: str, typed: str) -> str:
    """Return a help text of pycman's in podman's layout; `typed` is the command as it was typed, "" for the program itself."""
    usage, *lines = text.splitlines()
    sections = _sections(lines)
    summary, _, rest = "\n".join(sections.pop("", [])).strip().partition("\n")
    commands = sorted({line for title in _LISTS for line in sections.pop(title, [])})
    options = sections.get("Options:") or sections.pop("Global options:", [])
    also = [f"  podman {line.split(None, 1)[1]}" for line in sections.get("Also:", []) if line]
    name = f"podman {typed}".rstrip()
    blocks = [_TITLE if not typed else summary.rstrip(".")]
    if rest.strip() and typed:
        blocks.append(f"Description:\n{_indented([summary, *rest.strip().splitlines()])}")
    blocks.append(f"Usage:\n  {name}{_arguments(usage, typed, commands=bool(commands), options=bool(options))}")
    if also:
        blocks.append("Aliases:\n" + "\n".join(also))
    if sections.get("Examples:"):
        blocks.append("Examples:\n" + _join(line.replace("pycman ", "podman ") for line in sections["Examples:"]))
    if commands:
        blocks.append("Available Commands:\n" + "\n".join(commands))
    if options:
        blocks.append("Options:\n" + _join(options))
    return "\n\n".join(blocks) + "\n"


def _sections(lines: Iterable[str]) -> dict[str, list[str]]:
    """Return the lines below each heading ("" is what comes before the first), without the closing hint."""
    sections: dict[str, list[str]] = {"": []}
    title = ""
    for line in lines:
        if line.endswith(":") and not line.startswith(" "):
            title = line
            sections[title] = []
        elif not line.startswith("Run 'pycman"):
            sections[title].append(line)
    return {title: _stripped(found) for title, found in sections.items()}


def _stripped(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _arguments(usage: str, typed: str, *, commands: bool, options: bool) -> str:
    """Return what follows the command in the line of usage: options and arguments as podman writes them."""
    if commands:
        return f"{' [options]' if options and not typed else ''} [command]"
    if typed == "help":
        return " [command]"
    words = usage.partition("[OPTIONS]")[2].replace("…", "...").upper()
    return f"{' [options]' if options else ''}{words}"


def _join(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" if line else "" for line in lines)


def usage_error(problem: str, typed: str) -> str:
    """Return the lines that follow "Error: " for a wrong flag or argument of the command `typed`."""
    if problem.startswith(("unknown flag", "unknown shorthand flag", "flag needs an argument", "invalid argument")):
        return f"{problem}\nSee '{f'podman {typed}'.rstrip()} --help'"
    return problem


def unrecognized(words: str) -> str:
    """Return the lines that follow "Error: " for a command that does not exist."""
    above = f"podman {words.rpartition(' ')[0]}".rstrip()
    return f"unrecognized command `podman {words}`\nTry '{above} --help' for more information"


def missing_command(group: str) -> str:
    """Return the line that follows "Error: " if a group is named without one of its commands; "" is the program."""
    return f"missing command '{f'podman {group}'.rstrip()} COMMAND'"


def wrong_count(typed: str, least: int, most: int, given: int) -> str:
    """Return the line that follows "Error: " for a wrong number of arguments; `most` -1 is any number."""
    if typed == "exec" and given == 1:
        return "must provide a non-empty command to start an exec session: invalid argument"
    if most == 0:
        return f"`podman {typed}` takes no arguments"
    if least == most:
        return f"accepts {least} arg(s), received {given}"
    if given < least:
        return f"requires at least {least} arg(s), only received {given}"
    return f"accepts at most {most} arg(s), received {given}"
