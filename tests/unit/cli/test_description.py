"""The description of the command line is complete, and what is made from it is sound."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cli.describe.kinds import COMMANDS, Description
from cli.generate.__main__ import files, stale
from cli.generate.missing import ACTIONS, missing
from cli.generate.read import Argument, Cli, Flag, Verb, read
from cli.generate.tables import flags_text
from cli.parse import FlagTable
from cli.table import ALIASES

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def a_flag(long: str = "all", **fields: object) -> Flag:
    usual = {
        "short": "",
        "others": (),
        "kind": "b",
        "metavar": "",
        "help": "Use all",
        "hidden": False,
        "of": "",
        "podman_short": "",
        "refused": "",
    }
    return Flag(**{"long": long, **usual, **fields})


def a_verb(name: str = "ps", **fields: object) -> Verb:
    said = {key: fields.pop(key) for key in ("section", "also", "see", "hidden") if key in fields}
    usual = {
        "section": "Containers", "also": (), "options_first": False, "hidden": False, "examples": (), "statuses": (), "see": (),
    }  # fmt: skip
    description = Description(name=name, function=None, page="containers", **{**usual, **said})
    return Verb(
        **{"description": description, "summary": "List containers", "text": "", "flags": (), "arguments": (), **fields}
    )


def cli_of(*verbs: Verb) -> Cli:
    return Cli(
        verbs={verb.name: verb for verb in verbs}, groups={"network": "Manage networks"}, program=a_verb(""), pages={}
    )


def said_of(verb: Verb) -> list[str]:
    return [sentence for sentence in missing(cli_of(verb)) if "is the action of no command" not in sentence]


def test_nothing_is_missing_in_the_descriptions() -> None:
    assert missing(read()) == []


WRONG = [
    (a_verb(section=""), "ps: it has no section of pycman --help: give section= one of Common commands, Containers, Images, Engine"),
    (a_verb("frob"), "frob: there is no action: write cli/actions/frob.py with run(call)"),
    (a_verb("nets ls", section=""), 'nets ls: there is no group nets: say group("nets", "What it is for")'),
    (a_verb("network ls"), "network ls: a command of a group is listed by its group: leave section= out"),
    (a_verb(summary=""), "ps: it has no help: write a docstring"),
    (a_verb(see=("frob",)), "ps: see= names frob, which is no command"),
    (a_verb(arguments=(Argument(metavar="NAME", help="Name", of=""),)), "ps: argument NAME has no completion kind"),
    (a_verb(arguments=(Argument(metavar="NAME", help="Name", of="@frob"),)), "ps: argument NAME has the unknown completion kind @frob"),
    (a_verb(flags=(a_flag(help=""),)), "ps: --all has no help"),
    (a_verb(flags=(a_flag(kind="s"),)), "ps: --all takes a value: give a metavar"),
    (a_verb(flags=(a_flag(), a_flag("any", others=("all",)))), "ps: the flag all is described twice"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "sentence"), WRONG, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_what_a_new_command_lacks_is_said_in_a_sentence(verb: Verb, sentence: str) -> None:
    assert any(said.startswith(sentence) for said in said_of(verb)), said_of(verb)


def test_an_action_that_nothing_describes_is_named(tmp_path: Path) -> None:
    shutil.copytree(ACTIONS, tmp_path / "actions")
    (tmp_path / "actions/frob.py").write_text("")
    assert missing(read(), tmp_path / "actions") == [
        "cli/actions/frob.py is the action of no command: describe one in cli/describe/, or remove the file"
    ]


def test_a_page_that_is_missing_changed_or_superfluous_is_stale(tmp_path: Path) -> None:
    wanted = {"docs/man/pycman-a.1": "a", "docs/man/pycman-b.1": "b"}
    folder = tmp_path / "docs/man"
    folder.mkdir(parents=True)
    (folder / "pycman-a.1").write_text("A")
    (folder / "pycman-c.1").write_text("c")
    assert sorted(stale(wanted, tmp_path)) == ["docs/man/pycman-a.1", "docs/man/pycman-b.1", "docs/man/pycman-c.1"]


def test_every_command_has_a_manual_page_and_a_place_in_the_reference() -> None:
    written = files()
    reference = "".join(text for name, text in written.items() if name.startswith("docs/reference/"))
    for name in read().shown:
        assert f"docs/man/pycman-{name.replace(' ', '-')}.1" in written
        assert f"\n## pycman {name}\n" in reference


def test_groff_finds_nothing_wrong_with_the_manual_pages() -> None:
    pages = sorted(str(path) for path in (ROOT / "docs/man").glob("*.1"))
    done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", *pages], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_manual_page_says_what_a_reader_looks_for() -> None:
    page = files()["docs/man/pycman-run.1"]
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-P-cbou"], input=page, capture_output=True, text=True, check=True
    )
    headings = [line for line in done.stdout.splitlines() if line and not line.startswith(" ")][1:-1]
    assert headings == ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"]
    assert "pycman run --rm -it docker.io/library/busybox sh" in done.stdout
    assert "126    The command of the container was found but cannot be run." in done.stdout


def test_other_names_of_a_flag_are_taken_but_not_shown() -> None:
    table = FlagTable(flags_text((a_flag("no-trunc", others=("notruncate",)),)))
    assert table.stored_as == {"notruncate": "no-trunc"}
    assert all("notruncate" not in text for name, text in files().items() if name.startswith(("docs/", "cli/help")))


def test_hidden_commands_are_shown_nowhere() -> None:
    hidden = [name for name, description in COMMANDS.items() if description.hidden]
    assert hidden
    shown = "".join(text for name, text in files().items() if name.startswith(("docs/", "cli/help")))
    assert not [name for name in hidden if f"pycman {name}" in shown]


def test_lists_of_commands_part_names_from_summaries() -> None:
    from cli.help_texts import TEXTS

    for name, text in TEXTS.items():
        for listed in text.partition("\nCommands:\n")[2].partition("\n\n")[0].splitlines():
            verb = listed[2:].partition("  ")[0]
            assert f"{name} {verb}" in TEXTS or f"{name} {verb}" in ALIASES, listed


def test_examples_parse() -> None:
    """Every example is a command line that pycman takes: known command, known flags."""
    import re
    import shlex

    from cli.main import _find
    from cli.parse import parse_flags
    from cli.table import COMMANDS as TABLE

    for verb in read().shown.values():
        for _, example in verb.description.examples:
            for line in example.splitlines():
                words = shlex.split(re.split(" > | < | && ", line.partition("pycman ")[2])[0].rstrip(")"))
                name, rest = _find(words)
                least, most, stop, flags = TABLE[name]
                _, arguments = parse_flags(FlagTable(flags), rest, stop_at_first=stop)
                assert len(arguments) >= least and (most < 0 or len(arguments) <= most), line


def test_the_manual_and_the_errors_agree_on_statuses() -> None:
    """A command that says 126 in its description ends with it, and no other."""
    from cli.exit_status import status_of
    from pycman.errors import CommandNotExecutable

    said = {name for name, verb in read().verbs.items() if "126" in dict(verb.description.statuses)}
    assert said == {name for name in read().verbs if status_of(CommandNotExecutable("x"), name) == 126}
