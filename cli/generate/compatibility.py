"""Generate docs/compatibility.md: what docker and podman have that pycman refuses or needs not obey, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.describe.kinds import NO_EFFECT
from cli.describe.without_effect import why
from cli.habits import habits_table
from cli.unsupported_commands import UNSUPPORTED_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.generate.read import Cli, Flag

_HEAD = """<!-- Written by `python -m cli.generate` from cli/describe/, cli/unsupported_commands.py and cli/habits.py; do not edit. -->

# Compatibility with docker and podman

Every command and flag of docker 28 and podman 5 is done, or refused with the reason and, where there is one, what to use instead, or has
nothing to do here. `python -m tools.surface_coverage` counts them; this page lists what is refused and what has no effect.
"""


def compatibility_page(cli: Cli) -> str:
    """Return the page."""
    lines = [_HEAD, *_commands(), *_flags(cli, "## Flags that are refused", "refused"), *_habits()]
    lines += _flags(cli, "## Flags that have nothing to do", "idle")
    return "\n".join(lines).rstrip() + "\n"


def _commands() -> Iterator[str]:
    yield from ("## Commands that are refused", "", "| Command | Why | Instead |", "|---|---|---|")
    for name, (reason, instead) in sorted(UNSUPPORTED_COMMANDS.items()):
        yield f"| `{name}` | {reason} | {instead} |"
    yield ""


def _flags(cli: Cli, heading: str, kind: str) -> Iterator[str]:
    """Yield a table of flags; flags of several commands with one reason share a line."""
    commands: dict[tuple[str, str], list[str]] = {}
    for name, verb in {"": cli.program, **cli.shown}.items():
        for flag in verb.flags:
            if reason := _reason(name, flag, kind):
                commands.setdefault((flag.long, reason), []).append(name or "before the command")
    yield from (heading, "", "| Flag | Commands | Why |", "|---|---|---|")
    for (flag_name, reason), names in sorted(commands.items()):
        cell = reason.replace("|", "\\|")
        yield f"| `--{flag_name}` | {', '.join(names)} | {cell} |"
    yield ""


def _reason(command: str, flag: Flag, kind: str) -> str:
    if kind == "refused":
        return flag.refused
    return why(command, flag.long) if flag.help.startswith(NO_EFFECT) else ""


def _habits() -> Iterator[str]:
    yield from ("## Where docker and podman differ", "", "`PYCMAN_COMPAT` or the program's name decides.", "")
    yield from ("| What | docker | podman |", "|---|---|---|")
    for _, docker, podman, meaning in habits_table():
        yield f"| {_cell(meaning)} | {_value(docker)} | {_value(podman)} |"
    yield ""


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{_cell(value)}`" if value != "" else "nothing"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")
