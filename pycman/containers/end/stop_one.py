"""Stop one container, without what that means for its pod (stop.py): the stop signal, and SIGKILL after the timeout.

    lock: row "stopped_by_user" ──▶ out of its services ──▶ preStop hook ──▶ stop signal ──▶ wait ──▶ SIGKILL ──▶ finish

The lock is released before the waiting, so that `kill` and `rm -f` work meanwhile; finish reads the row again under the
lock.
"""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.cleanup.cleanup_claim import CleanupClaim
from pycman.containers.end.finish import finish_container
from pycman.containers.events import append_event
from pycman.containers.process.kill_all import kill_all_processes, signal_container, thaw
from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.processes import wait_gone
from pycman.spec.signals import signal_name, signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.containers.end.finish import Finished
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_LEAST_S = 2.0


def stop_one(
    session: Session,
    container_id: str,
    name: str = "",
    *,
    timeout_s: int | None = None,
    signal: str = "",
    late_s: float = 0,
) -> Finished | None:
    """Send a container its stop signal, and SIGKILL after `timeout_s` seconds (None: its own timeout, negative: never).

    `late_s` is what others of its pod, which ended before it, have used of this time.

    Returns how it ended, None if it did not run (a waiting restart is cancelled). Raises NotFound, and TimedOut if not
    even SIGKILL ends it (a process in an uninterruptible system call).
    """
    marked = mark_stopped(session, container_id, name)
    if marked is None:
        return None
    row, spec = marked
    leave_services(session, [row])
    if row["pinned"]:
        kill_all_processes(session, row)
        return finish_stopped(session, row)
    timeout = what_is_left((spec.stop_timeout_s or 0) if timeout_s is None else timeout_s, late_s)
    if spec.pre_stop is not None and timeout and states.was_started(row):
        from pycman.containers.hooks.lifecycle_hooks import run_pre_stop  # only imported for preStop hooks

        timeout = run_pre_stop(session, row, spec, timeout)
    signal_container(session, row, signal_number(signal or spec.stop_signal))
    with CleanupClaim(session, container_id, if_free=True):
        if not wait_gone(row["pid"], row["pid_start"], timeout):
            note_killed(session, row, signal_number(signal or spec.stop_signal), timeout)
            kill_all_processes(session, row)
        import pycman.containers.cleanup.release  # noqa: F401 - 4 ms, loaded while the monitor writes the exit file

        return finish_stopped(session, row)


def mark_stopped(session: Session, container_id: str, name: str = "") -> tuple[Any, ContainerSpec] | None:
    """Record that a container is stopped by its user, thawed; return row and spec of one that runs, None of another. Raises NotFound."""
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        if not states.has_process(row):
            session.db.change(
                "UPDATE containers SET restart_at_ns = 0, stopped_by_user = 1 WHERE id = ?", (container_id,)
            )
            return None
        spec = spec_of(row)
        with session.db.transaction(durable=False):  # the end, which `stop` reports, is durable, and comes later
            session.db.change("UPDATE containers SET stopped_by_user = 1, ready = 0 WHERE id = ?", (container_id,))
        if row["paused"]:
            thaw(session, row)
    return row, spec


def note_killed(session: Session, row: Any, number: int, timeout: float) -> None:
    """Note that a container had to be killed, unless it got no time to end by itself."""
    if timeout:
        session.notes.append(
            f"{row['name']}: it did not end within {round(timeout, 1):g} seconds of {signal_name(number)} and was killed"
        )


def what_is_left(timeout_s: int, late_s: float) -> float:
    """Return what is left of a grace period after `late_s` seconds: as a kubelet does, not less than two seconds of it. Pure."""
    return timeout_s if timeout_s <= 0 or late_s <= 0 else max(timeout_s - late_s, min(timeout_s, _LEAST_S))


def leave_services(session: Session, rows: Sequence[Any]) -> None:
    """Take members of pods that are ready out of the load balancer before they are stopped."""
    if any(row["ready"] and row["pod_id"] and not row["is_infra"] for row in rows):
        from pycman.network.reconcile.refresh_services import refresh_services  # only imported for members of pods

        with suppress(PycmanError):  # a network failure must not prevent the stop
            refresh_services(session)


def finish_stopped(session: Session, row: Any) -> Finished | None:
    """Clean up after the exit, unless conmon's exit command did that already, and append the event "stop"."""
    finished = finish_container(session, row["id"])
    append_stop(session, row)
    return finished


def append_stop(session: Session, row: Any) -> None:
    """Append the event "stop"."""
    with session.db.transaction(durable=False):  # the end is on the disk
        append_event(session, row, "stop")
