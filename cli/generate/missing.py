"""Report what the description of a command lacks (an action, help, an example), one sentence for each fault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.describe.kinds import KINDS, NO_EFFECT, SECTIONS, UNSUPPORTED
from cli.describe.without_effect import why
from cli.main import _module as module_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.generate.read import Cli, Flag, Verb

ACTIONS = Path(__file__).resolve().parent.parent / "actions"


def missing(cli: Cli, actions: Path = ACTIONS) -> list[str]:
    """Return the faults of the descriptions, and the actions without a description, one sentence each."""
    found = [sentence for verb in cli.verbs.values() for sentence in _of_verb(cli, verb, actions)]
    found += [f"global flags: {sentence}" for flag in cli.program.flags for sentence in _of_flag("", flag)]
    described = {_path(name) for name in cli.verbs}
    there = {str(path.relative_to(actions)) for path in actions.rglob("*.py") if path.name != "__init__.py"}
    found += [
        f"cli/actions/{path} is the action of no command: describe one in cli/describe/, or remove the file"
        for path in sorted(there - described)
    ]
    return found + _clashes(cli)


def _path(name: str) -> str:
    return module_of(name).replace(".", "/") + ".py"


def _of_verb(cli: Cli, verb: Verb, actions: Path) -> Iterator[str]:
    where = f"cli/describe/{verb.description.page}.py"
    name = verb.name
    for sentence in (*_place(cli, verb), *_words(cli, verb), *_arguments(verb)):
        yield f"{name}: {sentence} ({where})"
    if not (actions / _path(name)).exists():
        yield f"{name}: there is no action: write cli/actions/{_path(name)} with run(call)"
    for flag in verb.flags:
        for sentence in _of_flag(name, flag):
            yield f"{name}: {sentence} ({where})"


def _place(cli: Cli, verb: Verb) -> Iterator[str]:
    section = verb.description.section
    if verb.group:
        if verb.group not in cli.groups:
            yield f'there is no group {verb.group}: say group("{verb.group}", "What it is for")'
        if section:
            yield "a command of a group is listed by its group: leave section= out"
    elif verb.description.hidden:
        if section:
            yield "a hidden command is listed nowhere: leave section= out"
    elif section not in SECTIONS:
        yield f"it has no section of pycman --help: give section= one of {', '.join(SECTIONS)}"


def _words(cli: Cli, verb: Verb) -> Iterator[str]:
    if not verb.summary:
        yield "it has no help: write a docstring"
    for other in verb.description.see:
        if other not in cli.shown:
            yield f"see= names {other}, which is no command"
    for other in verb.description.also:
        if other in cli.verbs:
            yield f"also= names {other}, which is a command of its own"
    for what, example in verb.description.examples:
        if "pycman" not in example:
            yield f"the example '{what}' does not call pycman"


def _arguments(verb: Verb) -> Iterator[str]:
    for argument in verb.arguments:
        if not argument.help:
            yield f"argument {argument.metavar} has no help"
        if not argument.of:
            yield f"argument {argument.metavar} has no completion kind: give of= one of those in cli/describe/kinds.py"
        yield from (f"argument {argument.metavar} {sentence}" for sentence in _kinds(argument.of))


def _of_flag(command: str, flag: Flag) -> Iterator[str]:
    if not flag.help:
        yield f"--{flag.long} has no help"
    if flag.kind != "b" and not flag.metavar and not flag.hidden:
        yield f"--{flag.long} takes a value: give a metavar"
    if flag.help.startswith((NO_EFFECT, UNSUPPORTED)) and not flag.hidden:
        yield f"--{flag.long} does nothing: use no_effect() or unsupported()"
    if flag.help.startswith(NO_EFFECT) and not why(command, flag.long):
        yield f"--{flag.long} has no effect, and nobody says why: cli/describe/without_effect.py does"
    yield from (f"--{flag.long} {sentence}" for sentence in _kinds(flag.of))


def _kinds(of: str) -> Iterator[str]:
    for alternative in of.replace(" ", "|").split("|"):
        kind = "@" + alternative.partition("@")[2]
        if "@" in alternative and kind not in KINDS:
            yield f"has the unknown completion kind {kind}: cli/describe/kinds.py lists them"


def _clashes(cli: Cli) -> list[str]:
    """Return flags that have one name or letter twice."""
    found = []
    for verb in cli.verbs.values():
        names = [name for flag in verb.flags for name in (flag.long, *flag.others, flag.short) if name]
        found += [
            f"{verb.name}: the flag {name} is described twice" for name in sorted(set(names)) if names.count(name) > 1
        ]
    return found
