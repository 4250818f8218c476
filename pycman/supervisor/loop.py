"""The supervisor's process: find what is due, do it in child processes side by side, sleep, and end when nothing is left."""

from __future__ import annotations

import os
import select
import time
from functools import partial

from pycman.containers import states
from pycman.containers.catalogue import spec_of
from pycman.containers.change.resolver import follow_host_resolver
from pycman.containers.change.revive import revive_helpers
from pycman.containers.checks.health_rules import active_check, first_due_ns
from pycman.containers.checks.probes import run_probe
from pycman.containers.engine_command import start_engine_command
from pycman.containers.hooks.probe_rules import KINDS, POST_START, probes_of
from pycman.containers.restart_policy import LONGEST_DELAY_NS
from pycman.errors import TimedOut
from pycman.linux.files import take_lock
from pycman.linux.process_name import name_process
from pycman.linux.processes import close_all_but
from pycman.linux.systemd.own_scope import move_supervisor
from pycman.state.event_log import hand_over
from pycman.state.owners import is_gone
from pycman.supervisor.helper_watch import HelperWatch
from pycman.supervisor.resolver_watch import ResolverWatch
from pycman.supervisor.schedule import Due, StartedWork, on_this_clock, sleep_s, split_due

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pycman.state.session import Session

_LONGEST_SLEEP_S = 1.0
_STATE_COLUMNS = ", ".join(f"c.{column}" for column in states.STATE_COLUMNS)
_COMMANDS = {"health": ("healthcheck", "run"), "restart": ("__restart",), "expiry": ("__kube_job",)}
"""The command that does each kind of work; the subject of the work is its last argument."""
_FAR_NS = 300 * 10**9
_IDLE_ROUNDS = 3
"""It ends after this many rounds without anything to watch: a container restarted in between still finds it running."""


def supervise(session: Session) -> int:
    """Supervise this user's containers until none needs it; return 0, at once if another supervisor has the lock."""
    name_process("pycman-superv")
    move_supervisor(session.user.uid, rootless=session.rootless)
    watched = 1
    while watched:
        try:
            lock = take_lock(session.paths.supervisor_lock, timeout_s=0)
        except TimedOut:
            return 0
        try:
            _run_rounds(session)
        finally:
            os.close(lock)
        _, watched = find_work(session)  # a command that added work after the last round saw the lock still taken
    return 0


def _run_rounds(session: Session) -> None:
    """Start due work and sleep, until `_IDLE_ROUNDS` rounds had nothing to watch. The caller holds the supervisor's lock."""
    children: dict[int, str] = {}
    started = StartedWork()
    resolver = ResolverWatch()
    helpers = HelperWatch()
    idle = 0
    while idle < _IDLE_ROUNDS:
        _reap(children)
        now = time.time_ns()
        work, watched = find_work(session)
        ready, next_ns = split_due(work, now)
        for due in ready:
            subject = f"{due.kind} {due.subject}"
            if subject not in children.values() and started.may_start(due, now):
                children[_start(session, due)] = subject
        started.forget_others(work)
        former = resolver.former_text()
        if former is not None:
            children[_fork(session, partial(follow_host_resolver, session, former))] = "resolver"
        if helpers.should_revive(session, now):
            children[_fork(session, partial(revive_helpers, session))] = "helpers"
        idle = 0 if watched or children else idle + 1
        _sleep(children, sleep_s(next_ns, now, longest_s=0.1 if idle else _LONGEST_SLEEP_S))


def find_work(session: Session) -> tuple[list[Due], int]:
    """Return all planned work (health checks, probes, restarts, expired Jobs), and how many objects need the supervisor."""
    rows = session.db.rows(
        "SELECT * FROM containers WHERE row_state = 'ready' AND (restart_at_ns > 0 OR (has_health = 1 AND pid > 0))"
    )
    work: list[Due] = []
    watched = 0
    probes, probed = _probe_work(session)
    work += probes
    watched += probed
    now = time.time_ns()
    for row in session.db.rows("SELECT kind, namespace, name, expires_at_ns FROM kube_objects WHERE expires_at_ns > 0"):
        subject = f"{row['kind']}/{row['namespace']}/{row['name']}"
        work.append(Due(kind="expiry", subject=subject, at_ns=row["expires_at_ns"]))
        watched += row["expires_at_ns"] <= now  # before that, the next command wakes the supervisor in time
    for row in rows:
        if row["restart_at_ns"]:
            at_ns = on_this_clock(row["restart_at_ns"], now, LONGEST_DELAY_NS)
            work.append(Due(kind="restart", subject=row["id"], at_ns=at_ns))
        elif states.has_process(row) and states.was_started(row):
            due = _health_due(row, now)
            if due and not row["paused"]:
                work.append(Due(kind="health", subject=row["id"], at_ns=due))
        else:
            continue
        watched += 1
    return work, watched


def _probe_work(session: Session) -> tuple[list[Due], int]:
    """Return the planned probes of containers that run and are not being stopped, and how many probes need the supervisor."""
    rows = session.db.rows(
        f"SELECT p.kind, p.due_ns, p.error, {_STATE_COLUMNS} FROM probes p JOIN containers c ON c.id = p.container_id"
        " WHERE c.pid > 0 AND c.row_state = 'ready' AND c.stopped_by_user = 0"
    )
    now = time.time_ns()
    hooked = {row["id"] for row in rows if row["kind"] == POST_START and not is_gone(row["error"])}
    work: list[Due] = []
    watched = 0
    for row in rows:
        runs = states.has_process(row) and states.was_started(row)
        watched += runs
        if not runs or row["paused"] or row["id"] in hooked:
            continue
        if row["kind"] == POST_START:  # the command that ran the hook was killed
            work.append(Due(kind=POST_START, subject=row["id"], at_ns=min(row["started_at_ns"], now)))
        elif row["due_ns"]:
            work.append(Due(kind=row["kind"], subject=row["id"], at_ns=_probe_due(session, row, now)))
    return work, watched


def _probe_due(session: Session, row: Any, now: int) -> int:
    """Return when a probe is due; its period is looked up only if that is strangely far ahead."""
    due = int(row["due_ns"])
    if due <= now + _FAR_NS:
        return due
    stored = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
    probe = None if stored is None else probes_of(spec_of(stored)).get(row["kind"])
    return due if probe is None else on_this_clock(due, now, max(probe.initial_delay_s, probe.period_s) * 10**9)


def _health_due(row: Any, now: int) -> int:
    """Return when a container's next health check is due (ns since 1970), 0 if it has none."""
    due = int(row["health_due_ns"])
    if due and due <= now + _FAR_NS:
        return due
    spec = spec_of(row)
    check = active_check(spec.health, spec.startup_health, row["health_started"])
    if check is None:
        return due
    due = due or first_due_ns(spec.health, spec.startup_health, row["started_at_ns"])
    return on_this_clock(due, now, max(check.interval_ns, check.start_interval_ns))


def _start(session: Session, due: Due) -> int:
    """Start one piece of work as a process, so that a slow check does not delay the others; return its pid."""
    if due.kind in (*KINDS, POST_START):
        return _start_probe(session, due)
    return start_engine_command(session, *_COMMANDS[due.kind], due.subject, new_session=False)


def _start_probe(session: Session, due: Due) -> int:
    """Fork for a probe and return the child's pid; starting an interpreter every few seconds would cost too much."""
    return _fork(session, lambda: run_probe(session, due.subject, due.kind))


def _fork(session: Session, work: Callable[[], object]) -> int:
    """Do some work in a child and return its pid."""
    if session.wrote_events:
        hand_over(session)
    session.close()  # SQLite connections must not be used across fork; the session reopens it on demand
    pid = os.fork()
    if pid:
        return pid
    try:
        close_all_but()  # including the lock: if this supervisor is killed, the next one must not wait for the work
        work()
    finally:
        os._exit(0)  # a forked child must not run its parent's code, nor print


def _reap(children: dict[int, str]) -> None:
    """Remove the children that have ended."""
    for pid in list(children):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del children[pid]


def _sleep(children: dict[int, str], seconds: float) -> None:
    """Sleep for `seconds`, or until a child ends."""
    poller = select.poll()
    descriptors = [os.pidfd_open(pid) for pid in children]
    try:
        for descriptor in descriptors:
            poller.register(descriptor, select.POLLIN)
        poller.poll(int(seconds * 1000) + 1)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
