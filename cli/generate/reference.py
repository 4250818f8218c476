"""Generate docs/reference/: one Markdown page for each file of `cli/describe/`, and an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.describe.kinds import NO_EFFECT
from cli.generate.statuses import statuses

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cli.generate.read import Cli, Flag, Verb

_HEAD = "<!-- Written by `python -m cli.generate` from cli/describe/; do not edit. -->"


def reference_pages(cli: Cli) -> dict[str, str]:
    """Return the text of every page by its file name."""
    pages = dict.fromkeys(verb.description.page for verb in cli.shown.values())
    return {"README.md": _index(cli, pages)} | {f"{page}.md": _page(cli, page) for page in pages}


def _index(cli: Cli, pages: Iterable[str]) -> str:
    lines = [_HEAD, "", "# Reference of the command line", "", f"{cli.program.summary}.", "", cli.program.text, ""]
    lines += [
        "`pycman COMMAND --help` and `man pycman-COMMAND` say the same. Other names of commands stand in brackets.",
        "",
    ]
    for page in pages:
        lines += [f"## {cli.pages[page]}", "", "| Command | |", "|---|---|"]
        for verb in _of_page(cli, page):
            also = f" ({', '.join(sorted(verb.description.also))})" if verb.description.also else ""
            lines.append(
                f"| [{verb.name}]({page}.md#pycman-{verb.name.replace(' ', '-')}){also} | {_cell(verb.summary)} |"
            )
        lines.append("")
    return "\n".join([*lines, "## Options before the command", "", *_flags(cli.program.flags)]).rstrip() + "\n"


def _page(cli: Cli, page: str) -> str:
    lines = [_HEAD, "", f"# {cli.pages[page]}", ""]
    for verb in _of_page(cli, page):
        lines += _command(cli, verb)
    return "\n".join(lines).rstrip() + "\n"


def _of_page(cli: Cli, page: str) -> list[Verb]:
    return [verb for verb in cli.shown.values() if verb.description.page == page]


def _command(cli: Cli, verb: Verb) -> list[str]:
    lines = [f"## pycman {verb.name}", "", f"{verb.summary}.", "", f"    {verb.usage}", ""]
    if verb.text:
        lines += [verb.text, ""]
    if verb.description.also:
        lines += [f"Also: {', '.join(f'`pycman {other}`' for other in sorted(verb.description.also))}.", ""]
    lines += _flags(verb.flags)
    for what, example in verb.description.examples:
        lines += [f"{what}:", "", *(f"    {line}" for line in example.splitlines()), ""]
    lines += ["Exit status: " + " ".join(f"**{status}** {meaning}" for status, meaning in statuses(verb)), ""]
    if verb.description.see:
        links = [
            f"[{name}]({cli.verbs[name].description.page}.md#pycman-{name.replace(' ', '-')})"
            for name in verb.description.see
        ]
        lines += [f"See also {', '.join(links)}.", ""]
    return lines


def _flags(flags: Sequence[Flag]) -> list[str]:
    lines = []
    shown = sorted((flag for flag in flags if not flag.hidden), key=lambda flag: flag.long)
    if shown:
        lines += ["| Option | |", "|---|---|", *(f"| {_names(flag)} | {_cell(flag.help)} |" for flag in shown), ""]
    idle = sorted(f"`--{flag.long}`" for flag in flags if flag.hidden and flag.help.startswith(NO_EFFECT))
    return [*lines, f"Accepted for compatibility, without effect: {', '.join(idle)}.", ""] if idle else lines


def _names(flag: Flag) -> str:
    names = ([f"-{flag.short}"] if flag.short else []) + [f"--{flag.long}"]
    return f"`{', '.join(names)}{' ' + _cell(flag.metavar) if flag.metavar else ''}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
