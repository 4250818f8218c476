"""What the database knows of a container's probes: written at its start, after each outcome, and gone at its end."""

from __future__ import annotations

import time

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
from pycman.state import events, owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_AGAIN_S = 60
"""A container that is being ended is looked at again so long after it should have gone, in case whoever did it was killed."""


class Outcome(Record):
    """What follows from an outcome: the container has to be ended, or it is ready now and was not, or the reverse."""

    failed: bool = False
    readiness_changed: bool = False


def begin_probes(session: Session, container_id: str, spec: ContainerSpec, started_at_ns: int) -> bool:
    """Write down the probes of a container that starts now, and its postStart hook; in the caller's transaction.

    Returns whether it is ready at once.
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
    """Write down that the postStart hook is over: probes begin, and without one that says otherwise it is ready."""
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
    """Write down how one probe of a container went ("" is well), and the events that follow from it."""
    probes = probes_of(spec)
    now = time.time_ns()
    with session.db.transaction():
        current = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
        states = read_states(session, row["id"])
        if current is None or current["started_at_ns"] != row["started_at_ns"] or kind not in states:
            return Outcome()  # it ended or was started again meanwhile
        ending = any(has_failed(other, state) for other, state in states.items() if other != kind)
        if current["stopped_by_user"] or ending:
            return Outcome()  # it is on its way out, and nothing is to be learnt any more
        before, after = states[kind], after_probe(probes[kind], states[kind], good=not problem, now_ns=now)
        failed = has_failed(kind, after)
        over = failed or (kind == STARTUP and after.passed == 1)
        session.db.change(
            "UPDATE probes SET streak = ?, passed = ?, due_ns = ?, error = ? WHERE container_id = ? AND kind = ?",
            (after.streak, after.passed, 0 if over else after.due_ns, problem, row["id"], kind),
        )
        if kind == STARTUP and after.passed == 1:
            for other, due in after_startup(probes, row["started_at_ns"], now).items():
                _set_due(session, row["id"], other, due)
        if failed:
            _begin_end(session, row["id"], kind, probes[kind].termination_grace_s, spec)
            _tell_health(session, row, "unhealthy", kind, problem)
        elif kind != READINESS and after.passed == 1 != before.passed:
            _tell_health(session, row, "healthy", kind, "")
        ready = is_ready({**states, kind: after}) and not failed
        changed = bool(current["ready"]) != ready
        if changed:
            session.db.change("UPDATE containers SET ready = ? WHERE id = ?", (int(ready), row["id"]))
            events.append(
                session.db, "container", "readiness", row["id"], name=row["name"], image=row["image_name"],
                attributes={"ready": str(ready).lower(), **({"error": problem} if problem else {})},
            )  # fmt: skip
    return Outcome(failed=failed, readiness_changed=changed)


def _set_due(session: Session, container_id: str, kind: str, due_ns: int) -> None:
    session.db.change("UPDATE probes SET due_ns = ? WHERE container_id = ? AND kind = ?", (due_ns, container_id, kind))


def _begin_end(session: Session, container_id: str, kind: str, grace_s: int | None, spec: ContainerSpec) -> None:
    """Mark a container that a probe ends: nothing probes it any more, unless it is still there when it should be gone."""
    session.db.change("UPDATE containers SET health_status = 'unhealthy' WHERE id = ?", (container_id,))
    session.db.change("UPDATE probes SET due_ns = 0 WHERE container_id = ?", (container_id,))
    patience_s = ((spec.stop_timeout_s or 0) if grace_s is None else grace_s) + _AGAIN_S
    _set_due(session, container_id, kind, time.time_ns() + patience_s * 1_000_000_000)


def _tell_health(session: Session, row: Mapping[str, Any], status: str, kind: str, problem: str) -> None:
    events.append(
        session.db, "container", "health_status", row["id"], name=row["name"], image=row["image_name"],
        attributes={"health_status": status, "probe": kind, **({"error": problem} if problem else {})},
    )  # fmt: skip
