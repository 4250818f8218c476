"""The rows of a container's probes: written at its start, updated after each outcome, deleted at its exit.

outcome ──▶ probe_rules.py ──▶ row of the probe ──▶ ready in the container's row, events, or the container's end begins
"""

from __future__ import annotations

import time

from pycman.containers.events import append_event
from pycman.containers.hooks.probe_rules import (
    KINDS,
    POST_START,
    READINESS,
    STARTUP,
    ProbeState,
    after_probe,
    after_startup,
    first_states,
    has_failed,
    is_ready,
    probes_of,
)
from pycman.record import Record
from pycman.state import owners
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_AGAIN_S = 60
"""How long after its grace period a failed container is probed again: the process ending it may have been killed."""


class Outcome(Record):
    """What the caller has to do: end the container (`failed`), update services (`readiness_changed`)."""

    failed: bool = False
    readiness_changed: bool = False


def begin_probes(session: Session, container_id: str, spec: ContainerSpec, started_at_ns: int) -> bool:
    """Insert the rows of a starting container's probes and postStart hook, in the caller's transaction.

    Returns whether the container is ready at once.
    """
    states = first_states(probes_of(spec), started_at_ns)
    session.db.change("DELETE FROM probes WHERE container_id = ?", (container_id,))
    for kind, state in states.items():
        session.db.change(
            "INSERT INTO probes (container_id, kind, passed, due_ns) VALUES (?, ?, ?, ?)",
            (container_id, kind, state.passed, state.due_ns),
        )
    if spec.post_start is not None:
        session.db.change(
            "INSERT INTO probes (container_id, kind, error) VALUES (?, ?, ?)", (container_id, POST_START, owners.me())
        )
    return spec.post_start is None and is_ready(states)


def finish_hook(session: Session, container_id: str) -> None:
    """Record that the postStart hook has finished.

    Probes begin, and the container is ready unless a probe has to succeed first.
    """
    with session.db.transaction():
        if session.db.change("DELETE FROM probes WHERE container_id = ? AND kind = ?", (container_id, POST_START)):
            ready = is_ready(read_states(session, container_id))
            session.db.change("UPDATE containers SET ready = ? WHERE id = ?", (int(ready), container_id))


def read_states(session: Session, container_id: str) -> dict[str, ProbeState]:
    """Return the states of a container's probes by kind."""
    return {
        row["kind"]: ProbeState(streak=row["streak"], passed=row["passed"], due_ns=row["due_ns"])
        for row in session.db.rows("SELECT * FROM probes WHERE container_id = ?", (container_id,))
        if row["kind"] in KINDS
    }


def record_outcome(session: Session, row: Mapping[str, Any], spec: ContainerSpec, kind: str, problem: str) -> Outcome:
    """Record one run of a probe in its row, the container's row and the events; return what the caller has to do.

    `problem` is why it failed, "" if it succeeded. An outcome is dropped if the container exited, was restarted or is
    being ended meanwhile.
    """
    probes = probes_of(spec)
    now = time.time_ns()
    with session.db.transaction():
        current = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
        states = read_states(session, row["id"])
        if current is None or current["started_at_ns"] != row["started_at_ns"] or kind not in states:
            return Outcome()  # it exited or was restarted meanwhile
        ending = any(has_failed(other, state) for other, state in states.items() if other != kind)
        if current["stopped_by_user"] or ending:
            return Outcome()
        after = after_probe(probes[kind], states[kind], good=not problem, now_ns=now)
        failed = has_failed(kind, after)
        finished = failed or (kind == STARTUP and after.passed == 1)
        session.db.change(
            "UPDATE probes SET streak = ?, passed = ?, due_ns = ?, error = ? WHERE container_id = ? AND kind = ?",
            (after.streak, after.passed, 0 if finished else after.due_ns, problem, row["id"], kind),
        )
        if kind == STARTUP and after.passed == 1:
            for other, due in after_startup(probes, row["started_at_ns"], now).items():
                _set_due(session, row["id"], other, due)
        if failed:
            _begin_end(session, row["id"], kind, probes[kind].termination_grace_s, spec)
            _append_health_event(session, row, "unhealthy", kind, problem)
        elif kind != READINESS and after.passed == 1 != states[kind].passed:
            _append_health_event(session, row, "healthy", kind, "")
        ready = is_ready({**states, kind: after}) and not failed
        readiness_changed = bool(current["ready"]) != ready
        if readiness_changed:
            _set_ready(session, row, problem, ready=ready)
    return Outcome(failed=failed, readiness_changed=readiness_changed)


def _set_ready(session: Session, row: Mapping[str, Any], problem: str, *, ready: bool) -> None:
    """Write the readiness into the container's row, and append the event "readiness"."""
    session.db.change("UPDATE containers SET ready = ? WHERE id = ?", (int(ready), row["id"]))
    append_event(session, row, "readiness", ready=str(ready).lower(), **_error(problem))


def _set_due(session: Session, container_id: str, kind: str, due_ns: int) -> None:
    session.db.change("UPDATE probes SET due_ns = ? WHERE container_id = ? AND kind = ?", (due_ns, container_id, kind))


def _begin_end(session: Session, container_id: str, kind: str, grace_s: int | None, spec: ContainerSpec) -> None:
    """Mark a container as unhealthy and stop its probes.

    The failed one is due again if it still runs a minute after its grace.
    """
    session.db.change("UPDATE containers SET health_status = 'unhealthy' WHERE id = ?", (container_id,))
    session.db.change("UPDATE probes SET due_ns = 0 WHERE container_id = ?", (container_id,))
    again_after_s = ((spec.stop_timeout_s or 0) if grace_s is None else grace_s) + _AGAIN_S
    _set_due(session, container_id, kind, time.time_ns() + again_after_s * 1_000_000_000)


def _append_health_event(session: Session, row: Mapping[str, Any], status: str, kind: str, problem: str) -> None:
    if containers_conf(session).healthcheck_events:
        append_event(session, row, "health_status", health_status=status, probe=kind, **_error(problem))


def _error(problem: str) -> dict[str, str]:
    return {"error": problem} if problem else {}
