"""Stay with a container to its end: pass bytes, then learn how it ended, then clean up instead of conmon's command."""

from __future__ import annotations

from pycman.containers.catalogue import find_container, row_of
from pycman.containers.end.finish import finish_container
from pycman.errors import Cancelled, NotFound
from pycman.linux.processes import wait_gone
from pycman.runtime.attach import connect, pass_signals_until_gone, pump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.containers.cleanup.cleanup_claim import CleanupClaim
    from pycman.runtime.attach import Streams
    from pycman.state.session import Session


class Detached(Cancelled):
    """The user detached with the detach keys; the container runs on."""

    reference = "detached"
    exit_status = 0


def attach_and_wait(
    session: Session,
    container_id: str,
    streams: Streams,
    socket: Any,
    claim: CleanupClaim | None,
    *,
    has_our_streams: bool = False,
) -> int:
    """Pump between `streams` and the container until it ends; return its exit status. Raises Detached.

    `socket` is an attach socket opened before the start (None: open one now). With `claim`, cleaning up is this
    process's work. `has_our_streams`: the container writes to them itself (log driver passthrough).
    """
    row = row_of(session, container_id)
    if socket is None and streams.attached and not has_our_streams:
        socket = connect(session, container_id)
    if socket is not None and pump(session.paths.bundle(container_id), socket, streams) == "detached":
        if claim is not None:
            claim.release()
        raise Detached("detached", subject=row["name"])
    pass_signals_until_gone(row["pid"], row["pid_start"], streams)
    if claim is None:
        return wait_for_status(session, container_id)
    return finish_container(session, container_id)


def wait_for_status(session: Session, container_id: str) -> int:
    """Return the exit status of a container whose process has ended, once whoever cleans up has written it."""
    try:
        row = row_of(session, container_id)
    except NotFound:
        return _status_in_events(session, container_id)
    wait_gone(row["conmon_pid"], row["conmon_start"], 10)
    found = find_container(session, container_id)
    return _status_in_events(session, container_id) if found is None else found.exit_status


def _status_in_events(session: Session, container_id: str) -> int:
    from pycman.state.events import of_actor  # a removed container (--rm) has left its status only there

    died = of_actor(session.db, container_id, "died")
    return int(died[-1].attributes.get("exit_status", "0")) if died else 0
