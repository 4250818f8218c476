"""How a run ended, as conmon's exit file and the row say before any cleanup."""

from __future__ import annotations

import os
import threading
from types import SimpleNamespace

import pytest

from pycman.containers.run_end import read_end, wait_known
from pycman.linux.processes import boot_id, start_time
from tests.support.sessions import insert_container, open_session

ID = "b" * 64
GONE = 2**22 + 1


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


def row(session, *, monitored: bool, **columns: str):
    insert_container(
        session, ID, boot_id=boot_id(), pid=GONE, pid_start=1, started_at_ns=7,
        conmon_pid=os.getpid() if monitored else GONE, conmon_start=start_time(os.getpid()), **columns,
    )  # fmt: skip
    return session.db.row("SELECT * FROM containers")


@pytest.mark.parametrize(
    ("written", "spec", "status", "signal"),
    [
        ("0", "{}", 0, 0),
        ("5\n", "{}", 5, 0),
        ("137", "{}", 137, 9),
        ("255", "{}", 255, 0),
        ("-1", "{}", 255, 0),  # run --timeout, podman's number
        ("-1", '{"deadline_s": 4}', 137, 9),  # activeDeadlineSeconds, a kubelet's
    ],
)
def test_the_status_is_conmons(session, written: str, spec: str, status: int, signal: int) -> None:
    found = row(session, monitored=True, spec=spec)
    assert read_end(session, found) is None  # it has not been written yet
    with open(session.paths.exit_file(ID), "w", encoding="ascii") as file:
        file.write(written)
    end = read_end(session, found)
    assert end is not None
    assert (end.exit_status, end.term_signal, end.seen) == (status, signal, True)
    assert end.finished_at_ns > 7


def test_of_a_monitor_that_is_gone_nobody_knows_the_end(session) -> None:
    end = read_end(session, row(session, monitored=False))
    assert end is not None
    assert (end.exit_status, end.term_signal, end.seen) == (255, 0, False)
    assert end.finished_at_ns > 7


@pytest.mark.parametrize("told", ["by the monitor", "by a cleanup", "by a removal"])
def test_whoever_killed_it_waits_until_its_end_is_known(session, told: str) -> None:
    """`kill` and then `rm`: between the process's end and the monitor's word the container counts as running."""
    found = row(session, monitored=True)
    looked = threading.Event()
    database = _Looked(found, looked)
    watched = SimpleNamespace(db=database, paths=session.paths)
    waiter = threading.Thread(target=wait_known, args=(watched, found, 600), daemon=True)
    waiter.start()
    assert looked.wait(60)
    assert waiter.is_alive()  # nobody knows it yet
    if told == "by the monitor":
        with open(session.paths.exit_file(ID), "w", encoding="ascii") as file:
            file.write("1")
    else:
        database.answer = None if told == "by a removal" else {**dict(found), "pid": 0, "pid_start": 0}
    waiter.join(60)
    assert not waiter.is_alive()


class _Looked:
    """A database that tells when its row is read."""

    def __init__(self, answer: object, looked: threading.Event) -> None:
        self.answer = answer
        self._looked = looked

    def row(self, *_arguments: object) -> object:
        self._looked.set()
        return self.answer
