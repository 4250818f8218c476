"""What a shell completes behind `{{.` in --format: the fields of rows, and those of the object that is named."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cli import completion_template
from cli.actions.hidden.complete import candidates
from cli.output.template_fields import FIELDS
from cli.table import COMMANDS
from tests.support.calls import call_of

TREE = Path(completion_template.__file__).resolve().parents[1]
ROWS = {"auto-update": "cli/actions/auto_update.py", "events": "cli/output/events.py pycman/system/docker_event.py"}
OBJECT = {"State": {"Status": "running", "Pid": 7}, "Args": [], "Labels": {}, "lockNumber": 1}


def completed(*words: str) -> list[str]:
    *before, current = words
    return candidates(call_of(command="__complete"), before, current)


@pytest.mark.parametrize("command", [name for name in FIELDS if not name.endswith("inspect")])
def test_each_field_that_is_offered_is_one_of_the_rows(command: str) -> None:
    module = ROWS.get(command, f"cli/actions/{command.replace(' ', '/')}.py")
    trees = [ast.parse((TREE / path).read_text(encoding="utf-8")) for path in module.split()]
    words = {str(node.value) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(FIELDS[command].split()) - words == set()
    assert " format:" in f" {COMMANDS[command][3]}"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("{{.Name", ["{{.Names}}", "{{.Namespaces}}"]),
        ("{{ .RunningF", ["{{ .RunningFor}}"]),
        ("table {{.ID}}\\t{{json .Ports", ["table {{.ID}}\\t{{json .Ports}}"]),
        ("{{.ID}}", []),
        ("{{.ID.", []),
        ("{{range ", []),
        ("js", ["json\t"]),
    ],
)
def test_fields_of_rows_stand_behind_open_braces(typed: str, found: list[str]) -> None:
    assert completed("ps", "--format", typed) == found
    if "{{" in typed:
        assert completed("ps", f"--format={typed}") == [f"--format={each}" for each in found]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("{{.Sta", ["{{.State."]),
        ("{{.State.", ["{{.State.Pid}}", "{{.State.Status}}"]),
        ("{{json .State.S", ["{{json .State.Status}}"]),
        ("{{.State.Status.", []),
        ("{{.lock", []),
    ],
)
def test_fields_of_the_object_that_is_named(monkeypatch, typed: str, found: list[str]) -> None:
    monkeypatch.setattr(
        completion_template, "_object", lambda _call, command, names: OBJECT if names == ["web"] else None
    )
    assert completed("inspect", "web", "-f", typed) == found
    assert completed("inspect", "-f", "{{.Arg") == ["{{.Args}}"]  # of containers, while nothing is named
