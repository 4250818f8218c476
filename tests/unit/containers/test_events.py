"""Events of containers carry the container's labels, as docker's do, and no label stands for what the engine reads back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pycman.containers.catalogue import get_row
from pycman.containers.cleanup.termination_message import last_message
from pycman.containers.events import append_event
from pycman.state.events import of_actor
from pycman.system.event_stream import stream_events
from tests.support.sessions import insert_container, open_session

ID = "c" * 64


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


def appended(session, labels: str, action: str = "died", **attributes: str) -> dict[str, str]:
    insert_container(session, ID, name="x", labels=labels)
    append_event(session, get_row(session, "x"), action, **attributes)
    return dict(of_actor(session.db, ID, action)[-1].attributes)


def test_events_have_the_containers_labels(session) -> None:
    assert appended(session, '{"app":"web","":""}', "start") == {"app": "web", "": ""}
    assert [event.action for event in stream_events(session, [("label", "app=web")])] == ["start"]
    assert list(stream_events(session, [("label", "app=db")])) == []


def test_a_label_does_not_pass_for_what_the_engine_reads_back(session) -> None:
    labels = '{"message":"spoofed","exit_status":"0","reason":"DeadlineExceeded","a":"b"}'
    assert appended(session, labels, exit_status="3") == {"a": "b", "exit_status": "3"}
    assert last_message(session, ID) == ""


@pytest.mark.parametrize("labels", ["{}", "", "not JSON", "[1]", "null"])
def test_damaged_labels_stop_no_event(session, labels: str) -> None:
    assert appended(session, labels, exit_status="3") == {"exit_status": "3"}


def test_every_event_of_a_container_is_appended_in_the_one_place_that_adds_labels() -> None:
    root = Path(__file__).parents[3]
    wrong = [
        f"{path.relative_to(root)}:{node.lineno}"
        for folder in ("pycman", "cri_server", "kube_yaml", "pods", "api_server", "cli")
        for path in sorted((root / folder).rglob("*.py"))
        if path != root / "pycman/containers/events.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "events.append" and len(node.args) > 1
        and ast.unparse(node.args[1]) == "'container'"
    ]  # fmt: skip
    assert not wrong
