"""Read the descriptions once: every file of `cli/describe/` is imported, and Typer makes one application of all commands."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from typing import Any

import typer

import cli.describe
from cli.describe.kinds import COMMANDS, GROUPS, Description
from pycman.record import Record


class Flag(Record):
    """One flag: long name, its letter, further long names, kind as in the table (b s o i l c), what help says, and why it is refused ("")."""

    long: str
    short: str
    others: tuple[str, ...]
    kind: str
    metavar: str
    help: str
    hidden: bool
    of: str
    podman_short: str
    refused: str


class Argument(Record):
    """One argument: `metavar` as in the usage line, `of` what it names (see `cli/describe/kinds.py`)."""

    metavar: str
    help: str
    of: str


class Verb(Record):
    """The description of one command. `summary` is the first line of its help, `text` the rest."""

    description: Description
    summary: str
    text: str
    flags: tuple[Flag, ...]
    arguments: tuple[Argument, ...]

    @property
    def name(self) -> str:
        """Return its full name: "network create"."""
        return self.description.name

    @property
    def group(self) -> str:
        """Return the group it is in, "" for none."""
        return self.name.rpartition(" ")[0]

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the smallest and the largest number of arguments (-1: any number), from their metavars."""
        texts = [argument.metavar for argument in self.arguments]
        least = sum(not text.startswith("[") for text in texts)
        return least, -1 if any("…" in text for text in texts) else sum(len(text.split()) for text in texts)

    @property
    def usage(self) -> str:
        """Return the usage line without "Usage:"."""
        return " ".join(("pycman", self.name, "[OPTIONS]", *(argument.metavar for argument in self.arguments)))


class Cli(Record):
    """All commands by full name, the groups with their help, and the program itself with the flags before the command."""

    verbs: dict[str, Verb]
    groups: dict[str, str]
    program: Verb
    pages: dict[str, str]

    @property
    def shown(self) -> dict[str, Verb]:
        """Return the commands that help and manuals list."""
        return {name: verb for name, verb in self.verbs.items() if not verb.description.hidden}

    @property
    def aliases(self) -> dict[str, str]:
        """Return other names of commands: "container run" is "run"."""
        return {other: name for name, verb in self.verbs.items() for other in verb.description.also}


@functools.cache
def read() -> Cli:
    """Return all descriptions. They are read once per process, because Typer takes a third of a second for it."""
    modules = {
        name: importlib.import_module(f"cli.describe.{name}")
        for _, name, _ in pkgutil.iter_modules(cli.describe.__path__)
    }
    app = typer.Typer(add_completion=False)
    for name, description in COMMANDS.items():
        app.command(name)(description.function)
    program = modules["global_flags"].pycman
    app.command("pycman")(program)
    commands = typer.main.get_group(app).commands
    described = {name: _verb(description, commands[name]) for name, description in COMMANDS.items()}
    itself = Description(
        name="", function=program, page="", section="", also=(), options_first=True, hidden=False,
        examples=(), statuses=(), see=(),
    )  # fmt: skip
    pages = {name: (module.__doc__ or "").strip() for name, module in modules.items()}
    return Cli(verbs=described, groups=dict(GROUPS), program=_verb(itself, commands["pycman"]), pages=pages)


def _verb(description: Description, command: Any) -> Verb:
    summary, _, text = inspect.cleandoc(description.function.__doc__ or "").partition("\n")
    infos = _infos(description.function)
    flags, arguments = [], []
    for parameter in command.params:
        info = infos.get(parameter.name)
        if info is None:
            continue  # Typer's own --help
        if parameter.opts[0].startswith("-"):
            flags.append(_flag(parameter, info))
        else:
            metavar = parameter.metavar or parameter.name.upper()
            arguments.append(Argument(metavar=metavar, help=info.help or "", of=getattr(info, "of", "")))
    return Verb(
        description=description, summary=summary.rstrip("."), text=text.strip(), flags=tuple(flags),
        arguments=tuple(arguments),
    )  # fmt: skip


def _infos(function: Any) -> dict[str, Any]:
    """Return what `flag` and `argument` made, by the parameter's name."""
    return {
        name: parameter.annotation.__metadata__[0]
        for name, parameter in inspect.signature(function, eval_str=True).parameters.items()
    }


def _flag(parameter: Any, info: Any) -> Flag:
    long, *others = [opt[2:] for opt in parameter.opts if opt.startswith("--")]
    text = parameter.help or ""
    if parameter.is_flag and parameter.default is True and not parameter.hidden:
        text += " (default true)"
    return Flag(
        long=long,
        short=next((opt[1:] for opt in parameter.opts if not opt.startswith("--")), ""),
        others=tuple(others),
        kind=_kind(parameter, info),
        metavar=parameter.metavar if parameter.metavar and not parameter.is_flag else "",
        help=text,
        hidden=parameter.hidden,
        of=info.of,
        podman_short=info.podman_short,
        refused=info.refused,
    )


def _kind(parameter: Any, info: Any) -> str:
    if parameter.is_flag:
        return "b"
    if parameter.multiple:
        return "c" if info.splits else "l"
    if info.optional:
        return "o"
    return "i" if isinstance(parameter.default, int) else "s"
