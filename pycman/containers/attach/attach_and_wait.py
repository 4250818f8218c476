"""Pass bytes between a client and a container until it exits, then clean up in place of conmon's exit command."""

from __future__ import annotations

from pycman.containers.catalogue import row_of
from pycman.containers.end.after_exit import after_exit
from pycman.runtime.attach import Detached, connect, pass_signals_until_gone, pump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.containers.cleanup.cleanup_claim import CleanupClaim
    from pycman.runtime.attach import Streams
    from pycman.state.session import Session


def attach_and_wait(
    session: Session,
    container_id: str,
    streams: Streams,
    socket: Any,
    claim: CleanupClaim | None,
    *,
    has_our_streams: bool = False,
) -> int:
    """Pass bytes between `streams` and the container until it exits; return its exit status. Raises Detached.

    `socket` is an attach socket opened before the start (None: open one now). With `claim` this process cleans up,
    without it conmon's exit command does. `has_our_streams`: the container itself writes to our streams (log driver
    passthrough).
    """
    row = row_of(session, container_id)
    runs_already = socket is None and streams.attached and not has_our_streams
    if runs_already:
        socket = connect(session, container_id)
    bundle = session.paths.bundle(container_id)
    if socket is not None and pump(bundle, socket, streams, redraw=runs_already) == "detached":
        if claim is not None:
            claim.release()
        raise Detached("detached", subject=row["name"])
    pass_signals_until_gone(row["pid"], row["pid_start"], streams)
    status = None if claim is None else after_exit(session, container_id)
    if status is not None:
        return status
    from pycman.containers.end.exit_status import wait_for_status  # another command may have cleaned up, or removed it

    return wait_for_status(session, row)
