"""Generate docs/man/: a page for each command and group in the man(7) macros, pycman-network-create.1 and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.describe.kinds import NO_EFFECT, SECTIONS
from cli.generate.statuses import statuses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cli.generate.read import Cli, Flag, Verb

_HEAD = '.\\" Written by `python -m cli.generate` from cli/describe/; do not edit.'
_ENVIRONMENT = (
    ("CONTAINERS_CONF", "Read this file in place of every containers.conf."),
    ("CONTAINERS_STORAGE_CONF", "Read this file in place of every storage.conf."),
    ("CONTAINERS_REGISTRIES_CONF", "Read this file in place of every registries.conf."),
    ("REGISTRY_AUTH_FILE", "Read and write credentials of registries in this file."),
    ("STORAGE_DRIVER", "The storage driver, where --storage-driver is not given."),
)


def manual_pages(cli: Cli) -> dict[str, str]:
    """Return the text of every page by its file name."""
    pages = {"pycman.1": _program(cli)}
    pages |= {_file(group): _group(cli, group) for group in cli.groups}
    return pages | {_file(name): _command(cli, verb) for name, verb in cli.shown.items()}


def _file(name: str) -> str:
    return f"pycman-{name.replace(' ', '-')}.1"


def _command(cli: Cli, verb: Verb) -> str:
    lines = _title(verb.name, verb.summary)
    names = [verb.name, *sorted(verb.description.also)]
    lines += [".SH SYNOPSIS"]
    for n, name in enumerate(names):
        lines += [*([".br"] if n else []), _synopsis(name, [argument.metavar for argument in verb.arguments])]
    lines += [".SH DESCRIPTION", *_prose(f"{verb.summary}.\n\n{verb.text}")]
    for argument in verb.arguments:
        lines += [".TP", f"\\fI{_text(argument.metavar)}\\fR", _text(f"{argument.help}.")]
    lines += _options(verb.flags)
    if verb.description.examples:
        lines += [".SH EXAMPLES"]
    for n, (what, example) in enumerate(verb.description.examples):
        lines += [
            *([".PP"] if n else []),
            _text(f"{what}:"),
            ".PP",
            ".RS 4",
            ".nf",
            *map(_text, example.splitlines()),
            ".fi",
            ".RE",
        ]
    lines += [".SH EXIT STATUS"]
    for status, meaning in statuses(verb):
        lines += [".TP", f".B {_text(status)}", _text(meaning)]
    return _page([*lines, *_see(cli, verb)])


def _group(cli: Cli, group: str) -> str:
    others = {other: name for other, name in cli.aliases.items() if other.startswith(f"{group} ")}
    own = [name for name, verb in cli.shown.items() if verb.group == group]
    lines = _title(group, cli.groups[group])
    lines += [
        ".SH SYNOPSIS",
        f"\\fBpycman {group}\\fR \\fICOMMAND\\fR",
        ".SH DESCRIPTION",
        _text(f"{cli.groups[group]}."),
    ]
    lines += [".SH COMMANDS"]
    for name in sorted([*own, *others]):
        target = others.get(name, name)
        lines += [
            ".TP",
            f".B pycman {_text(name)}",
            _text(f"{cli.verbs[target].summary}. See"),
            f"{_reference(target)}.",
        ]
    return _page([*lines, ".SH SEE ALSO", ".BR pycman (1)"])


def _program(cli: Cli) -> str:
    lines = _title("", "containers, pods and images without a daemon")
    lines += [".SH SYNOPSIS", "\\fBpycman\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARG\\fR...]"]
    lines += [".SH DESCRIPTION", *_prose(f"{cli.program.summary}.\n\n{cli.program.text}")]
    lines += _options(cli.program.flags)
    for section in SECTIONS:
        lines += [f".SH {section.upper()}"]
        lines += _listed(
            (name, verb.summary) for name, verb in cli.shown.items() if verb.description.section == section
        )
    lines += [".SH GROUPS OF COMMANDS", *_listed(sorted(cli.groups.items()))]
    lines += [".SH ENVIRONMENT"]
    for name, meaning in _ENVIRONMENT:
        lines += [".TP", f".B {_text(name)}", _text(meaning)]
    lines += [".SH SEE ALSO"]
    others = ("crun (1)", "conmon (8)", "containers.conf (5)", "storage.conf (5)", "registries.conf (5)")
    return _page(
        [*lines, *(f".BR {_text(other)}{',' if n < len(others) else ''}" for n, other in enumerate(others, 1))]
    )


def _listed(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [line for name, text in rows for line in (".TP", _reference(name), _text(f"{text}."))]


def _title(name: str, summary: str) -> list[str]:
    page = f"pycman-{name.replace(' ', '-')}" if name else "pycman"
    return [
        _HEAD,
        f'.TH {_text(page.upper())} 1 "" pycman "User Commands"',
        ".SH NAME",
        f"{_text(page)} \\- {_text(summary[0].lower() + summary[1:] if summary[1].islower() else summary)}",
    ]


def _synopsis(name: str, metavars: Sequence[str]) -> str:
    words = " ".join(_text(metavar) for metavar in metavars)
    return f"\\fBpycman {_text(name)}\\fR [\\fIOPTIONS\\fR]" + (f" {words}" if words else "")


def _options(flags: Sequence[Flag]) -> list[str]:
    shown = sorted((flag for flag in flags if not flag.hidden), key=lambda flag: flag.long)
    idle = [f"\\fB{_text('--' + flag.long)}\\fR" for flag in flags if flag.hidden and flag.help.startswith(NO_EFFECT)]
    lines = [".SH OPTIONS"] if shown or idle else []
    for flag in shown:
        lines += [".TP", _heading(flag), _text(f"{flag.help}.")]
    if idle:
        lines += [
            *([".PP"] if shown else []),
            "Accepted for compatibility, without effect:",
            f"{', '.join(sorted(idle))}.",
        ]
    return lines


def _heading(flag: Flag) -> str:
    names = [f"\\fB{_text('-' + flag.short)}\\fR"] if flag.short else []
    value = f"=\\fI{_text(flag.metavar)}\\fR" if flag.metavar else ""
    return ", ".join([*names, f"\\fB{_text('--' + flag.long)}\\fR{value}"])


def _see(cli: Cli, verb: Verb) -> list[str]:
    names = ["", *([verb.group] if verb.group else ()), *verb.description.see]
    siblings = sorted(name for name, other in cli.shown.items() if verb.group and other.group == verb.group)
    names += [name for name in siblings if name != verb.name and name not in names]
    references = [_reference(name) for name in names]
    return [".SH SEE ALSO", *(f"{reference}," for reference in references[:-1]), references[-1]]


def _reference(name: str) -> str:
    page = f"pycman-{name.replace(' ', '-')}" if name else "pycman"
    return f"\\fB{_text(page)}\\fR(1)"


def _prose(text: str) -> list[str]:
    """Return paragraphs in roff; text in backquotes is bold."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        pieces = [_text(piece) for piece in " ".join(paragraph.split()).split("`")]
        bold = "".join(f"\\fB{piece}\\fR" if n % 2 else piece for n, piece in enumerate(pieces))
        lines += [*([".PP"] if lines else []), _line(bold)]
    return lines


def _text(text: str) -> str:
    """Return text escaped for roff: hyphens that can be copied, and no line that is taken for a request."""
    escaped = (
        text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("~", "\\(ti").replace("^", "\\(ha")
    )
    return _line(escaped)


def _line(text: str) -> str:
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
