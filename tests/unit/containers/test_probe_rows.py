"""What outcomes of probes write into the database, without a container."""

from __future__ import annotations

import os
import time

import pytest

from pycman.containers.catalogue import needs_supervisor
from pycman.containers.hooks.probe_rows import begin_probes, finish_hook, read_states, record_outcome
from pycman.containers.hooks.probe_rules import LIVENESS, READINESS, STARTUP
from pycman.linux.processes import boot_id, start_time
from pycman.spec.container import ContainerSpec
from pycman.spec.probe import Handler, Probe
from pycman.state.events import of_actor
from pycman.supervisor.loop import find_work
from tests.support.sessions import insert_container, open_session

SECOND = 10**9
ID = "a" * 64
HOOK = Handler(kind="sleep", seconds=1)
PROBE = Probe(handler=Handler(kind="tcp", port=80), failure_threshold=2)


class Running:
    """A container whose process is this one, as far as its row says, with some probes."""

    def __init__(self, session, **fields) -> None:
        self.session = session
        self.spec = ContainerSpec(image="x", **fields)
        started = time.time_ns()
        pid = os.getpid()
        columns = {"boot_id": boot_id(), "pid": pid, "pid_start": start_time(pid), "started_at_ns": started}
        insert_container(session, ID, **columns)
        ready = begin_probes(session, ID, self.spec, started)
        session.db.change("UPDATE containers SET ready = ?", (ready,))

    @property
    def row(self):
        return self.session.db.row("SELECT * FROM containers")

    def outcome(self, kind: str, problem: str = ""):
        return record_outcome(self.session, self.row, self.spec, kind, problem)

    def due(self) -> list[str]:
        return [due.kind for due in find_work(self.session)[0]]

    def recorded(self) -> list[tuple[str, str]]:
        attributes = {"readiness": "ready", "health_status": "health_status"}
        return [(event.action, event.attributes[attributes[event.action]]) for event in of_actor(self.session.db, ID)]


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def test_an_event_is_appended_when_readiness_changes(session) -> None:
    running = Running(session, readiness_probe=PROBE)
    assert not running.row["ready"]
    changes = [running.outcome(READINESS, problem).readiness_changed for problem in ("", "", "no", "no", "no", "")]
    assert changes == [True, False, False, True, False, True]
    assert running.recorded() == [("readiness", "true"), ("readiness", "false"), ("readiness", "true")]
    assert running.row["ready"]


def test_a_failed_liveness_probe_makes_it_unhealthy_and_not_ready(session) -> None:
    running = Running(session, liveness_probe=PROBE)
    assert running.row["ready"]
    assert [running.outcome(LIVENESS, "no").failed for _ in range(2)] == [False, True]
    assert (running.row["ready"], running.row["health_status"]) == (0, "unhealthy")
    assert ("health_status", "unhealthy") in running.recorded()


def test_an_outcome_that_comes_while_it_is_being_ended_changes_nothing(session) -> None:
    running = Running(session, liveness_probe=PROBE.replace(failure_threshold=1), readiness_probe=PROBE)
    assert running.outcome(LIVENESS, "no").failed
    assert running.due() == [LIVENESS]
    assert not running.outcome(READINESS).readiness_changed
    assert not running.row["ready"]
    assert (
        find_work(session)[0][0].at_ns > time.time_ns() + 30 * SECOND
    )  # only in case the process that ends it is killed


def test_an_outcome_that_comes_while_it_is_being_stopped_changes_nothing(session) -> None:
    running = Running(session, readiness_probe=PROBE)
    session.db.change("UPDATE containers SET stopped_by_user = 1")
    assert not running.outcome(READINESS).readiness_changed
    assert not running.row["ready"]
    assert running.due() == []


def test_an_outcome_of_the_run_before_changes_nothing(session) -> None:
    running = Running(session, readiness_probe=PROBE)
    before = running.row
    session.db.change("UPDATE containers SET started_at_ns = started_at_ns + 1")
    assert not record_outcome(session, before, running.spec, READINESS, "").readiness_changed
    assert read_states(session, ID)[READINESS].streak == 0


def test_the_other_probes_are_due_once_startup_has_succeeded(session) -> None:
    running = Running(session, startup_probe=PROBE, readiness_probe=PROBE, liveness_probe=PROBE)
    assert running.due() == [STARTUP]
    running.outcome(STARTUP)
    assert sorted(running.due()) == [LIVENESS, READINESS]
    assert not running.row["ready"]
    running.outcome(READINESS)
    assert running.row["ready"]


def test_probes_wait_for_the_hook_of_a_living_command(session) -> None:
    running = Running(session, post_start=HOOK, liveness_probe=PROBE)
    assert (running.due(), running.row["ready"]) == ([], 0)
    finish_hook(session, ID)
    assert (running.due(), running.row["ready"]) == ([LIVENESS], 1)


def test_a_hook_whose_command_was_killed_is_work_for_the_supervisor(session) -> None:
    running = Running(session, post_start=HOOK, liveness_probe=PROBE)
    session.db.change("UPDATE probes SET error = '1 2 3' WHERE kind = 'post-start'")
    assert sorted(running.due()) == [LIVENESS, "post-start"]


def test_a_restart_that_waits_long_or_is_overdue_needs_the_supervisor(session) -> None:
    insert_container(session, ID)
    for seconds, needed in ((0.1, False), (-0.1, False), (10, True), (-10, True)):
        session.db.change("UPDATE containers SET restart_at_ns = ?", (time.time_ns() + int(seconds * SECOND),))
        assert needs_supervisor(session) == needed
