"""What becomes of a pod between the look at it and its lock is seen by the command that waited."""

from __future__ import annotations

import os

import pytest

from pods import remove as removal
from pods import stop
from pods.catalogue import get_pod
from pycman.errors import InUse, NotFound, WrongState
from pycman.linux.processes import boot_id, start_time
from pycman.state import database as state_database
from tests.support.sessions import insert_container, open_session

POD, MEMBER = "a1" + "0" * 62, "c1" + "0" * 62


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        opened.db.change(
            "INSERT INTO pods (id, name, row_state, spec, labels, exit_policy, created_at_ns) VALUES (?, 'web', 'ready', '{}', '{}', 'continue', 1)",
            (POD,),
        )
        yield opened


def run_member(session) -> None:
    pid = os.getpid()
    insert_container(
        session, MEMBER, pod_id=POD, boot_id=boot_id(), pid=pid, pid_start=start_time(pid), started_at_ns=1
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (run_member, WrongState),
        (lambda session: session.db.change("UPDATE pods SET managed_by = 'kubelet'"), InUse),
        (lambda session: session.db.change("DELETE FROM pods"), NotFound),
    ],
    ids=["started", "managed", "removed"],
)
def test_a_pod_is_not_removed_that_another_command_has_changed(session, monkeypatch, change, error):
    """It changes when it has been found and before its lock is held."""

    def find(*arguments, **words):
        found = get_pod(*arguments, **words)
        monkeypatch.setattr(removal, "get_pod", get_pod)
        change(session)
        return found

    monkeypatch.setattr(removal, "get_pod", find)
    with pytest.raises(error) as raised:
        removal.remove_pod(session, "web")
    assert raised.value.subject == "web"
    assert session.db.value("SELECT count(*) FROM pods WHERE row_state = 'removing'") == 0


def test_a_pod_that_goes_before_its_lock_is_held_is_told_by_the_name_that_was_typed(session, monkeypatch):
    def find(*arguments, **words):
        found = get_pod(*arguments, **words)
        session.db.change("DELETE FROM pods")
        return found

    monkeypatch.setattr(stop, "get_pod", find)
    with pytest.raises(NotFound) as raised:
        stop.stop_pod(session, "web")
    assert raised.value.subject == "web"


def test_a_pods_removal_waits_for_the_disk_when_its_row_says_so_and_not_again(session, monkeypatch):
    """By that row recovery finds what a loss of power leaves of the rest."""
    insert_container(session, MEMBER, pod_id=POD)
    insert_container(session, "c2" + "0" * 62, pod_id=POD, is_infra=1)
    os.makedirs(session.paths.container(MEMBER))
    waits = []

    def note(_path) -> None:
        state = session.db.value("SELECT row_state FROM pods")
        waits.append((state, os.path.exists(session.paths.container(MEMBER))))

    monkeypatch.setattr(state_database, "sync_data", note)
    with session.db.waiting_together():
        removal.remove_pod(session, "web")
    assert waits == [("removing", True)]
    assert session.db.rows("SELECT id FROM containers") == session.db.rows("SELECT id FROM pods") == []
    assert not os.path.exists(session.paths.container(MEMBER))
