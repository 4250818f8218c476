"""Send a signal to a running container (`kill`)."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.events import append_event
from pycman.containers.process.kill_all import KILL_TIMEOUT_S, SIGKILL, signal_container, thaw
from pycman.containers.run_end import wait_known
from pycman.linux.processes import wait_gone
from pycman.spec.signals import signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session


def kill_container(session: Session, name: str, *, signal: str = "KILL") -> str:
    """Send a signal to a running container's first process; return the container's id.

    After SIGKILL it waits up to 30 s for the process to exit, and until its end is known to whoever looks. Raises NotFound, NotRunning, InvalidInput (signal),
    WrongState (a pinned sandbox).
    """
    number = signal_number(signal)
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        states.require_running(session, row, "killed", paused=True)
        states.require_process(row)
        if number == SIGKILL or _asks_to_stop(row, number):
            session.db.change("UPDATE containers SET stopped_by_user = 1 WHERE id = ?", (container_id,))
        if row["paused"] and number == SIGKILL:
            thaw(session, row)
        signal_container(session, row, number)
        append_event(session, row, "kill", signal=str(number))
    if number == SIGKILL and wait_gone(row["pid"], row["pid_start"], KILL_TIMEOUT_S):
        wait_known(
            session, row, KILL_TIMEOUT_S
        )  # until then it counts as running: `rm`, which comes next, would refuse it
    return container_id


def _asks_to_stop(row: Any, number: int) -> bool:
    """Say whether the signal is the one that stops a container which a restart policy would start again (docker, podman)."""
    spec = spec_of(row)
    return spec.restart.name != "no" and number == signal_number(spec.stop_signal or "TERM")
