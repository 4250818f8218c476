"""What GetContainerEvents tells of events and exit files, in whichever order the server sees them."""

from __future__ import annotations

import os
import threading

import pytest

from cri_server.container_events import Changes, EventFeed
from cri_server.proto import api_pb2 as api
from pycman.linux.processes import boot_id, start_time
from pycman.state.events import append
from tests.support.sessions import insert_container, open_session
from tests.support.waiting import wait_until

CREATED, STARTED = api.CONTAINER_CREATED_EVENT, api.CONTAINER_STARTED_EVENT
STOPPED, DELETED = api.CONTAINER_STOPPED_EVENT, api.CONTAINER_DELETED_EVENT
POD, ID = "a" * 64, "b" * 64
GONE = 2**22 + 1
"""Above the kernel's highest pid."""


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as session:
        yield session


def create(session) -> None:
    session.db.change(
        "INSERT INTO pods (id, name, row_state, created_at_ns, spec, exit_policy) VALUES (?, 'p', 'ready', 1, '{}', 'continue')",
        (POD,),
    )
    session.db.change(
        "INSERT INTO cri_sandboxes (pod_id, name, uid, namespace, attempt, config, ready, addresses, runtime_handler)"
        " VALUES (?, 'p', 'u', 'n', 0, '{}', 1, '[]', '')", (POD,),
    )  # fmt: skip
    insert_container(session, ID, pod_id=POD)
    session.db.change(
        "INSERT INTO cri_containers (container_id, pod_id, name, attempt, config, log_path) VALUES (?, ?, 'c', 0, '{}', '')",
        (ID, POD),
    )
    append(session.db, "container", "create", ID)


def start(session) -> None:
    """Write what a start writes; the process is gone already, its monitor (this process) lives."""
    session.db.change(
        "UPDATE containers SET boot_id = ?, pid = ?, pid_start = 1, conmon_pid = ?, conmon_start = ?, started_at_ns = 5 WHERE id = ?",
        (boot_id(), GONE, os.getpid(), start_time(os.getpid()), ID),
    )
    append(session.db, "container", "start", ID)


def exit_with(session, status: int) -> None:
    with open(session.paths.exit_file(ID), "w", encoding="ascii") as file:
        file.write(str(status))


def record_end(session, status: int) -> None:
    session.db.change(
        "UPDATE containers SET boot_id = '', pid = 0, exit_status = ?, finished_at_ns = 9 WHERE id = ?", (status, ID)
    )
    append(session.db, "container", "died", ID)


def told(changes: Changes, *exited: str) -> list[tuple[int, int]]:
    """Return (kind, exit status) of what is told."""
    return [
        (each.container_event_type, sum(status.exit_code for status in each.containers_statuses))
        for each in changes.read(set(exited))
    ]


def test_an_end_is_told_with_its_status_when_the_exit_file_is_there_and_only_once(session) -> None:
    changes = Changes(session)
    create(session)
    start(session)
    assert told(changes) == [(CREATED, 0), (STARTED, 0)]
    exit_with(session, 5)
    assert told(changes, ID) == [(STOPPED, 5)]
    assert not changes.waits
    record_end(session, 5)
    assert told(changes) == []
    append(session.db, "container", "remove", ID)
    assert told(changes) == [(DELETED, 5)]


def test_a_short_run_is_told_in_order_though_everything_is_seen_at_once(session) -> None:
    changes = Changes(session)
    create(session)
    start(session)
    exit_with(session, 3)
    assert told(changes, ID) == [(CREATED, 3), (STARTED, 3), (STOPPED, 3)]


def test_an_exit_file_that_is_seen_after_the_cleanup_is_not_told_again(session) -> None:
    create(session)
    changes = Changes(session)
    start(session)
    record_end(session, 4)
    assert told(changes) == [(STARTED, 4), (STOPPED, 4)]
    assert told(changes, ID) == []


def test_an_exit_before_its_start_is_written_waits_for_that(session) -> None:
    create(session)
    changes = Changes(session)
    session.db.change(
        "UPDATE containers SET boot_id = ?, pid = ?, pid_start = 1, conmon_pid = ?, conmon_start = ? WHERE id = ?",
        (boot_id(), GONE, os.getpid(), start_time(os.getpid()), ID),
    )
    exit_with(session, 7)
    assert told(changes, ID) == []
    assert changes.waits
    start(session)
    assert told(changes) == [(STARTED, 7), (STOPPED, 7)]


def test_containers_of_others_are_not_told_of(session) -> None:
    changes = Changes(session)
    insert_container(session, "c" * 64)
    append(session.db, "container", "create", "c" * 64)
    assert told(changes, "c" * 64, "not-even-an-id") == []


class Call:
    """What gRPC gives a handler."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.may_send = threading.Event()
        self.may_send.set()
        self.ended: list[object] = []

    def is_active(self) -> bool:
        return True

    def add_callback(self, callback) -> bool:
        self.ended.append(callback)
        return True

    def cancel(self) -> None:
        self.sent.append("cancelled")

    def send(self, answer) -> None:
        self.may_send.wait(120)
        self.sent.append(answer if answer is None else answer.container_event_type)


def test_a_client_that_does_not_read_holds_nobody_up_and_waiting_ones_hold_no_thread(session) -> None:
    feed = EventFeed(session)
    calls = [Call() for _ in range(30)]
    before = threading.active_count()
    for call in calls:
        feed.add(call, call.send)
    assert threading.active_count() == before + 1
    calls[0].may_send.clear()
    create(session)
    start(session)
    wait_until(lambda: all(call.sent == [CREATED, STARTED] for call in calls[1:]), "not all are told")
    exit_with(session, 5)
    wait_until(
        lambda: all(call.sent == [CREATED, STARTED, STOPPED] for call in calls[1:]), "not all are told of the end"
    )
    assert calls[0].sent == []
    calls[0].may_send.set()
    wait_until(lambda: calls[0].sent == [CREATED, STARTED, STOPPED], "the slow one is not told")
    calls[1].ended[0]()
    feed.close()
    wait_until(lambda: all(call.sent[-1] is None for call in (calls[0], *calls[2:])), "the streams do not end")
    assert calls[1].sent == [CREATED, STARTED, STOPPED]
    wait_until(lambda: threading.active_count() == before, "a thread is left")
    late = Call()
    feed.add(late, late.send)
    wait_until(lambda: late.sent == [None], "a stream after the end goes on")


def test_a_restored_container_has_started(session) -> None:
    create(session)
    changes = Changes(session)
    append(session.db, "container", "restore", ID)
    assert [kind for kind, _status in told(changes)] == [STARTED]
