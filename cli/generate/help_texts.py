"""Generate cli/help_texts.py: the texts that `--help` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.describe.kinds import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.generate.read import Cli, Flag, Verb

_WIDEST = 44
"""The help of a longer flag begins on the next line."""
_MODULE = '''# ruff: noqa
"""Help, as printed. Written by `python -m cli.generate` from cli/describe/; do not edit."""

from __future__ import annotations

TEXTS: dict[str, str] = {{
{rows}
}}
'''


def help_module(cli: Cli) -> str:
    """Return cli/help_texts.py: texts by the full name of command or group, the program's own under ""."""
    texts = {"": _program(cli)}
    texts |= {group: _group(cli, group) for group in cli.groups}
    texts |= {name: _command(cli, verb) for name, verb in sorted(cli.shown.items())}
    return _MODULE.format(rows="\n".join(f"    {name!r}: {text!r}," for name, text in texts.items()))


def _command(cli: Cli, verb: Verb) -> str:
    lines = [f"Usage:  {verb.usage}", "", f"{verb.summary}."]
    if verb.text:
        lines += ["", verb.text.replace("`", "")]
    also = sorted(other for other, name in cli.aliases.items() if name == verb.name)
    if also:
        lines += ["", "Also:", *(f"  pycman {other}" for other in also)]
    options = _options(sorted(verb.flags, key=lambda flag: flag.long))
    if options:
        lines += ["", "Options:", *options]
    if verb.description.examples:
        lines += ["", "Examples:"]
    for n, (what, example) in enumerate(verb.description.examples):
        lines += [*([""] if n else []), f"  # {what}", *(f"  {line}" for line in example.splitlines())]
    return "\n".join(lines) + "\n"


def _options(flags: Iterable[Flag]) -> list[str]:
    rows = [(_left(flag), flag.help) for flag in flags if not flag.hidden]
    width = min(max((len(left) for left, _ in rows), default=0), _WIDEST) + 2
    return [f"{left:<{width}}{text}" if len(left) < width else f"{left}\n{'':<{width}}{text}" for left, text in rows]


def _left(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else "    "
    return f"  {short}--{flag.long}{' ' + flag.metavar if flag.metavar else ''}"


def _program(cli: Cli) -> str:
    lines = ["Usage:  pycman [OPTIONS] COMMAND", "", f"{cli.program.summary}."]
    for section in SECTIONS:
        lines += ["", f"{section}:"]
        lines += _commands((n, verb.summary) for n, verb in cli.shown.items() if verb.description.section == section)
    lines += ["", "Groups:", *_commands(sorted(cli.groups.items()))]
    lines += ["", "Global options:", *_options(cli.program.flags)]
    return "\n".join(lines) + "\n\nRun 'pycman COMMAND --help' for more on a command.\n"


def _group(cli: Cli, group: str) -> str:
    verbs = {**{other: cli.verbs[name] for other, name in cli.aliases.items()}, **cli.shown}
    names = sorted(name for name in verbs if name.startswith(f"{group} "))
    lines = [f"Usage:  pycman {group} COMMAND", "", f"{cli.groups[group]}.", "", "Commands:"]
    lines += _commands((name.partition(" ")[2], verbs[name].summary) for name in names)
    return "\n".join(lines) + f"\n\nRun 'pycman {group} COMMAND --help' for more on a command.\n"


def _commands(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Return lines of names and summaries with at least two blanks between them: scripts take the first word of each."""
    rows = list(rows)
    width = max(12, *(len(name) + 2 for name, _ in rows)) if rows else 0
    return [f"  {name:<{width}}{summary}" for name, summary in rows]
