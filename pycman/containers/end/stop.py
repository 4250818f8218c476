"""Stop, restart, kill, pause and unpause. `stop` signals under the lock, waits without it, then looks again."""

from __future__ import annotations

import contextlib

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.cleanup.cleanup_claim import CleanupClaim
from pycman.containers.end.finish import finish_container
from pycman.containers.process.kill import SIGKILL, kill_all_processes, thaw
from pycman.containers.process.signals import signal_number
from pycman.containers.start.start import start_in_background
from pycman.errors import PycmanError, Unsupported, WrongState
from pycman.linux.processes import send_signal, wait_gone
from pycman.runtime.host_facts import host_facts
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_KILL_TIMEOUT_S = 30.0


def stop_container(session: Session, name: str, *, timeout_s: int | None = None, signal: str = "") -> str:
    """Stop a container with its stop signal, after `timeout_s` seconds (negative: never) with SIGKILL; return its id.

    None takes the container's own timeout. One that does not run is left as it is. Raises TimedOut if even SIGKILL
    does not end it (a process in an uninterruptible call).
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        if states.state_of(row) not in states.ALIVE:
            session.db.change(
                "UPDATE containers SET restart_at_ns = 0, stopped_by_user = 1 WHERE id = ?", (container_id,)
            )
            return container_id
        spec = spec_of(row)
        session.db.change("UPDATE containers SET stopped_by_user = 1, ready = 0 WHERE id = ?", (container_id,))
        runs = states.state_of(row) != states.INITIALIZED
        if row["paused"]:
            thaw(session, row)
    if row["ready"] and row["pod_id"] and not row["is_infra"]:
        from pycman.containers.end.pod_end import refresh_services  # members of pods only

        with contextlib.suppress(PycmanError):  # trouble with the network must not keep it from ending
            refresh_services(session)  # first nobody is led there any more, then it ends
    if row["pinned"]:
        kill_all_processes(session, row)
        _finish(session, container_id, row["name"], row["image_name"])
        return container_id
    timeout: float = (spec.stop_timeout_s or 0) if timeout_s is None else timeout_s
    if spec.pre_stop is not None and timeout and runs:
        from pycman.containers.hooks.lifecycle_hooks import run_pre_stop  # few have one

        timeout = run_pre_stop(session, row, spec, timeout)
    send_signal(row["pid"], row["pid_start"], signal_number(signal or spec.stop_signal))
    with CleanupClaim(session, container_id, if_free=True):
        if not wait_gone(row["pid"], row["pid_start"], timeout):
            kill_all_processes(session, row)
        _finish(session, container_id, row["name"], row["image_name"])
    return container_id


def _finish(session: Session, container_id: str, name: str, image: str) -> None:
    """Clean up after the end, unless conmon's command was quicker, and say that it was stopped."""
    finish_container(session, container_id)
    events.append(session.db, "container", "stop", container_id, name=name, image=image)


def restart_container(session: Session, name: str, *, timeout_s: int | None = None, signal: str = "") -> str:
    """Stop a container if it runs, and start it; return its id."""
    container_id = stop_container(session, name, timeout_s=timeout_s, signal=signal)
    start_in_background(session, container_id, name)
    return container_id


def kill_container(session: Session, name: str, *, signal: str = "KILL") -> str:
    """Send a signal to a running container's first process; return the container's id."""
    number = signal_number(signal)
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        states.require_running(row, "killed", paused=True)
        states.require_process(row)
        if number == SIGKILL:
            session.db.change("UPDATE containers SET stopped_by_user = 1 WHERE id = ?", (container_id,))
        if row["paused"] and number == SIGKILL:
            thaw(session, row)
        send_signal(row["pid"], row["pid_start"], number)
        events.append(
            session.db, "container", "kill", container_id, name=row["name"], image=row["image_name"],
            attributes={"signal": str(number)},
        )  # fmt: skip
    if number == SIGKILL:
        wait_gone(row["pid"], row["pid_start"], _KILL_TIMEOUT_S)
    return container_id


def pause_container(session: Session, name: str) -> str:
    """Freeze a running container (cgroup freezer); return its id. Raises Unsupported without a cgroup of its own."""
    return _freeze(session, name, paused=True)


def unpause_container(session: Session, name: str) -> str:
    """Thaw a paused container; return its id."""
    return _freeze(session, name, paused=False)


def _require_cgroup(session: Session, row: Any) -> None:
    """Raise Unsupported for a container without a cgroup of its own: there is nothing to freeze it with."""
    if host_facts(session).cgroups == "none" or spec_of(row).cgroups == "disabled":
        raise Unsupported(
            "it has no cgroup of its own to be frozen with", subject=row["name"], hint="pycman doctor says why"
        )


def _freeze(session: Session, name: str, *, paused: bool) -> str:
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        if not paused:
            if states.state_of(row) != states.PAUSED:
                raise WrongState("container is not paused", subject=name)
            thaw(session, row)
        else:
            if states.state_of(row) == states.PAUSED:
                raise WrongState("container is already paused", subject=name)
            states.require_running(row, "paused")
            states.require_process(row)
            _require_cgroup(session, row)
            choose_runtime(session, row["oci_runtime"]).pause(container_id)
            session.db.change("UPDATE containers SET paused = 1 WHERE id = ?", (container_id,))
        action = "pause" if paused else "unpause"
        events.append(session.db, "container", action, container_id, name=row["name"], image=row["image_name"])
    return container_id
