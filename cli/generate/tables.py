"""The modules that running commands read: cli/table.py for every command line, cli/completion_kinds.py for a TAB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.describe.kinds import FILE

if TYPE_CHECKING:
    from cli.generate.read import Cli, Flag, Verb

_TABLE = '''# ruff: noqa
"""Every command: least and most arguments (-1: any), whether options end at the first one, and its flags.

A flag is NAME[,SHORT]:KIND[!][=OTHER]: b switch, s text, o text or nothing, i number, l list, c list that splits at commas; "!": it is refused
(cli/unsupported_flags.py says why); OTHER is the name it is known by. Written by `python -m cli.generate` from cli/describe/; do not edit.
"""

from __future__ import annotations

GLOBAL_FLAGS = {globals!r}
"""The flags before the command."""

COMMANDS: dict[str, tuple[int, int, bool, str]] = {{
{commands}
}}

ALIASES: dict[str, str] = {{
{aliases}
}}

HIDDEN = frozenset({hidden!r})

PODMAN_SHORTS: dict[str, str] = {podman_shorts!r}
"""Letters that belong to another flag when the program is called podman."""
'''
_COMPLETION = '''# ruff: noqa
"""What a shell completes: for each command the kinds of its arguments in order (… repeats the last), FLAG=KINDS for the values
of flags, and -FLAG for those that are not offered.

Kinds are alternatives between "|": @KIND, or a text, or a text with a kind behind it. "" are the flags before the command.
Written by `python -m cli.generate` from cli/describe/; do not edit.
"""

from __future__ import annotations

KINDS: dict[str, str] = {{
{rows}
}}
'''
_UNSUPPORTED = '''# ruff: noqa
"""Flags of docker and podman that pycman does not carry out, by command ("" before it), and why: read when one is given.

Written by `python -m cli.generate` from cli/describe/; do not edit.
"""

from __future__ import annotations

REASONS: dict[str, dict[str, str]] = {{
{rows}
}}
'''


def table_module(cli: Cli) -> str:
    """Return cli/table.py."""
    shorts = {
        name: " ".join(f"{flag.long},{flag.podman_short}:{flag.kind}" for flag in verb.flags if flag.podman_short)
        for name, verb in sorted(cli.verbs.items())
    }
    return _TABLE.format(
        globals=flags_text(cli.program.flags),
        commands="\n".join(f"    {name!r}: {_row(verb)!r}," for name, verb in sorted(cli.verbs.items())),
        aliases="\n".join(f"    {other!r}: {name!r}," for other, name in sorted(cli.aliases.items())),
        hidden=sorted(cli.verbs.keys() - cli.shown.keys()),
        podman_shorts={name: text for name, text in shorts.items() if text},
    )


def _row(verb: Verb) -> tuple[int, int, bool, str]:
    return *verb.bounds, verb.description.options_first, flags_text(verb.flags)


def flags_text(flags: tuple[Flag, ...]) -> str:
    """Return flags as the table has them, with the other names of each at the end."""
    words = [f"{flag.long}{',' + flag.short if flag.short else ''}:{_kind(flag)}" for flag in flags]
    known = {flag.long for flag in flags}
    words += [f"{other}:{_kind(flag)}={flag.long}" for flag in flags for other in flag.others if other not in known]
    return " ".join(words)


def _kind(flag: Flag) -> str:
    return flag.kind + ("!" if flag.refused else "")


def unsupported_module(cli: Cli) -> str:
    """Return cli/unsupported_flags.py."""
    verbs = {"": cli.program, **cli.verbs}
    reasons = {name: {flag.long: flag.refused for flag in verb.flags if flag.refused} for name, verb in verbs.items()}
    return _UNSUPPORTED.format(
        rows="\n".join(f"    {name!r}: {why!r}," for name, why in sorted(reasons.items()) if why)
    )


def completion_module(cli: Cli) -> str:
    """Return cli/completion_kinds.py."""
    verbs = {"": cli.program, **cli.shown}
    rows = [f"    {name!r}: {text!r}," for name, verb in sorted(verbs.items()) if (text := _kinds(verb))]
    return _COMPLETION.format(rows="\n".join(rows))


def _kinds(verb: Verb) -> str:
    words = [kind for argument in verb.arguments for kind in argument.of.split()]
    if verb.arguments and "…" in verb.arguments[-1].metavar:
        words[-1] += "…"
    words += [f"{flag.long}={of}" for flag in verb.flags if not flag.hidden and (of := _of(flag))]
    words += [f"-{flag.long}" for flag in verb.flags if flag.hidden]
    return " ".join(words)


def _of(flag: Flag) -> str:
    if flag.of or not flag.metavar:
        return flag.of
    return FILE if any(word in flag.metavar for word in ("FILE", "PATH", "DIRECTORY")) else ""
