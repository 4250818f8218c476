"""Run a health check once, record its result, and act on it. Called by `healthcheck run` and by the supervisor.

run in the container ──▶ row (status, streak) and health_log ──▶ event health_status ──▶ --health-on-failure
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.checks.health_rules import HealthState, active_check, after_check
from pycman.containers.checks.probes import run_probe
from pycman.containers.end.stop import restart_container, stop_container
from pycman.containers.events import append_event
from pycman.containers.hooks.probe_rules import LIVENESS
from pycman.containers.inspect.health_log import add_entry, write_file
from pycman.containers.process.exec import run_captured
from pycman.containers.process.kill_all import SIGKILL, signal_container
from pycman.errors import NotFound, PycmanError, TimedOut, WrongState
from pycman.spec.container import ProcessSpec
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.health import HealthCheck
    from pycman.spec.probe import Probe
    from pycman.state.session import Session

_MOST_OUTPUT_BYTES = 256 << 10
"""Of a check whose output has no limit of its own."""
_TIMED_OUT_STATUS = -1
"""The exit status docker logs for a check that timed out."""


def check_once(session: Session, name: str) -> tuple[str, int]:
    """Run the check that is due (startup or regular) and return (status, exit status of the check).

    The status is healthy, unhealthy or starting. Raises WrongState if the container has no check, NotRunning if it does
    not run, NotFound.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    row = row_of(session, container_id, name)
    spec = spec_of(row)
    check = active_check(spec.health, spec.startup_health, row["health_started"])
    if check is None and spec.liveness_probe is not None:
        return _check_probe(session, row, spec.liveness_probe)
    if check is None:
        raise WrongState("container has no health check", subject=name, hint="give it one with --health-cmd")
    states.require_running(session, row, "checked")
    started_at_ns = time.time_ns()
    status, output = _run(session, container_id, spec, check)
    state = _record(session, container_id, spec, (started_at_ns, time.time_ns(), status, output))
    if state is None:
        raise NotFound("the container ended during the check", subject=name)
    _act(session, container_id, spec, state)
    return state.status, status


def _check_probe(session: Session, row: Any, probe: Probe) -> tuple[str, int]:
    """Run the liveness probe of a container of Kubernetes YAML, but not before its initial delay is over; return as `check_once` does."""
    states.require_running(session, row, "checked")
    if 0 <= time.time_ns() - row["started_at_ns"] < probe.initial_delay_s * 10**9:
        return "starting", 1
    run_probe(session, row["id"], LIVENESS)
    found = session.db.row(
        "SELECT passed, error FROM probes WHERE container_id = ? AND kind = ?", (row["id"], LIVENESS)
    )
    if found is None or found["passed"] < 0:
        return "starting", 1
    return ("healthy" if found["passed"] else "unhealthy"), int(bool(found["error"]))


def _run(session: Session, container_id: str, spec: ContainerSpec, check: HealthCheck) -> tuple[int, str]:
    kind, *arguments = check.test
    command = (
        ("/bin/sh", "-c", *arguments) if kind == "CMD-SHELL" else tuple(arguments) if kind == "CMD" else check.test
    )
    process = ProcessSpec(command=tuple(command), env={}, user=spec.user, workdir=spec.workdir)
    timeout_s = check.timeout_ns / 1e9 if check.timeout_ns else -1
    try:
        finished = run_captured(
            session,
            container_id,
            process,
            timeout_s=timeout_s,
            limit_bytes=4 * spec.health_log.max_size or _MOST_OUTPUT_BYTES,
        )
    except TimedOut:
        return _TIMED_OUT_STATUS, f"Health check exceeded timeout ({timeout_s:g}s)"
    except PycmanError as error:
        return error.exit_status, str(error)
    text = (finished.stdout + finished.stderr).decode("utf-8", "replace")
    return finished.status, text


def _record(
    session: Session, container_id: str, spec: ContainerSpec, entry: tuple[int, int, int, str]
) -> HealthState | None:
    _, ended_at_ns, status, _ = entry
    with session.lock("container", container_id), session.db.transaction():
        try:
            row = row_of(session, container_id)
        except NotFound:
            return None
        if states.state_of(session, row) != states.RUNNING or not states.has_process(row):
            return None
        before = HealthState(
            status=row["health_status"] or "starting", streak=row["health_streak"], started=row["health_started"]
        )
        after = after_check(
            spec.health,
            spec.startup_health,
            before,
            succeeded=status == 0,
            now_ns=ended_at_ns,
            started_at_ns=row["started_at_ns"],
        )
        session.db.change(
            "UPDATE containers SET health_status = ?, health_streak = ?, health_started = ?, health_due_ns = ? WHERE id = ?",
            (after.status, after.streak, after.started, after.due_ns, container_id),
        )
        add_entry(session, container_id, spec.health_log, entry)
        _append_event(session, row, after, changed=before.status != after.status, spec=spec, output=entry[3])
        write_file(session, row_of(session, container_id), spec.health_log)
    return after


def _append_event(
    session: Session, row: Any, after: HealthState, *, changed: bool, spec: ContainerSpec, output: str
) -> None:
    log = spec.health_log
    told = log.destination == "events_logger"
    if told or (changed and containers_conf(session).healthcheck_events):
        more = {"health_log": output[: log.max_size] if log.max_size else output} if told else {}
        append_event(session, row, "health_status", health_status=after.status, **more)


def _act(session: Session, container_id: str, spec: ContainerSpec, state: HealthState) -> None:
    """Do the action of `--health-on-failure` if the container has turned unhealthy, or restart it after a failed startup check."""
    action = "restart" if state.restart else spec.health_on_failure if state.turned_unhealthy else "none"
    if action == "none":
        return
    if action == "kill":
        row = row_of(session, container_id)
        signal_container(session, row, SIGKILL)
    elif action == "stop":
        stop_container(session, container_id)
    elif action == "restart":
        restart_container(session, container_id)
