"""Probes of running containers: their rows at start and end, one run of one probe, and what follows from it."""

from __future__ import annotations

import time

from pycman.containers import life
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.force import force_end
from pycman.containers.handlers import run_handler
from pycman.containers.pod_end import tell_services
from pycman.containers.probe_rules import (
    KINDS,
    STARTUP,
    ProbeState,
    after_probe,
    after_startup,
    first_states,
    has_failed,
    is_ready,
    probes_of,
)
from pycman.containers.signals import signal_number
from pycman.errors import NotFound, PycmanError
from pycman.linux.processes import send_signal, wait_gone
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.probe import Probe
    from pycman.state.session import Session

_ERROR_CHARACTERS = 1024


def begin_probes(session: Session, container_id: str, spec: ContainerSpec) -> bool:
    """Write down the probes of a container that has just started, and whether it is ready; in the caller's transaction.

    Returns whether it has any.
    """
    probes = probes_of(spec)
    states = first_states(probes, time.time_ns())
    session.db.change("DELETE FROM probes WHERE container_id = ?", (container_id,))
    for kind, state in states.items():
        session.db.change(
            "INSERT INTO probes (container_id, kind, passed, due_ns) VALUES (?, ?, ?, ?)",
            (container_id, kind, state.passed, state.due_ns),
        )
    session.db.change("UPDATE containers SET ready = ? WHERE id = ?", (int(is_ready(states)), container_id))
    return bool(probes)


def run_probe(session: Session, container_id: str, kind: str) -> None:
    """Run one probe of a container once, write down the outcome and do what follows. One that does not run is let be."""
    session.enter_namespaces()
    try:
        row = row_of(session, container_id)
    except NotFound:
        return
    spec = spec_of(row)
    probe = probes_of(spec).get(kind)
    if probe is None or life.state_of(row) != life.RUNNING:
        return
    problem = ""
    try:
        run_handler(session, row, spec, probe.handler, timeout_s=probe.timeout_s)
    except PycmanError as error:
        problem = str(error)[:_ERROR_CHARACTERS]
    failed = _record(session, row, spec, kind, problem)
    if failed:
        _end(session, row, spec, probe, kind, problem)


def _record(session: Session, row: Mapping[str, Any], spec: ContainerSpec, kind: str, problem: str) -> bool:
    """Write an outcome down; return whether it ends the container."""
    probes = probes_of(spec)
    now = time.time_ns()
    with session.db.transaction():
        current = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
        states = read_states(session, row["id"])
        if current is None or current["started_at_ns"] != row["started_at_ns"] or kind not in states:
            return False  # it ended or was started again meanwhile
        after = after_probe(probes[kind], states[kind], good=not problem, now_ns=now)
        gone = kind == STARTUP and after.passed == 1
        session.db.change(
            "UPDATE probes SET streak = ?, passed = ?, due_ns = ?, error = ? WHERE container_id = ? AND kind = ?",
            (after.streak, after.passed, 0 if gone else after.due_ns, problem, row["id"], kind),
        )
        if gone:
            for other, due in after_startup(probes, row["started_at_ns"], now).items():
                session.db.change(
                    "UPDATE probes SET due_ns = ? WHERE container_id = ? AND kind = ?", (due, row["id"], other)
                )
        ready = is_ready({**states, kind: after})
        changed = bool(current["ready"]) != ready
        if changed:
            session.db.change("UPDATE containers SET ready = ? WHERE id = ?", (int(ready), row["id"]))
            events.append(
                session.db, "container", "readiness", row["id"], name=row["name"], image=row["image_name"],
                attributes={"ready": str(ready).lower(), **({"error": problem} if problem else {})},
            )  # fmt: skip
    if changed:
        tell_services(session)
    return has_failed(kind, after)


def read_states(session: Session, container_id: str) -> dict[str, ProbeState]:
    """Return the states of a container's probes by kind."""
    rows = session.db.rows("SELECT * FROM probes WHERE container_id = ?", (container_id,))
    return {
        row["kind"]: ProbeState(streak=row["streak"], passed=row["passed"], due_ns=row["due_ns"])
        for row in rows
        if row["kind"] in KINDS
    }


def _end(session: Session, row: Mapping[str, Any], spec: ContainerSpec, probe: Probe, kind: str, problem: str) -> None:
    """End a container whose startup or liveness probe has failed; its restart policy does the rest."""
    events.append(
        session.db, "container", "health_status", row["id"], name=row["name"], image=row["image_name"],
        attributes={"health_status": "unhealthy", "probe": kind, "error": problem},
    )  # fmt: skip
    session.db.change("UPDATE probes SET due_ns = 0 WHERE container_id = ?", (row["id"],))
    grace = spec.stop_timeout_s if probe.termination_grace_s is None else probe.termination_grace_s
    send_signal(row["pid"], row["pid_start"], signal_number(spec.stop_signal))
    if not wait_gone(row["pid"], row["pid_start"], grace or 0):
        force_end(session, row)
