"""Start a container for a caller who may want to stay with it to its end."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_id, spec_of
from pycman.containers.cleanup.cleanup_claim import CleanupClaim
from pycman.containers.start.start import (
    after_start,
    initialize,
    ready_row,
    start_in_background,
    start_process,
    start_sandbox_of,
)
from pycman.runtime.attach import connect, resize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.attach import Streams
    from pycman.state.session import Session


def start_container(session: Session, name: str, *, streams: Streams | None = None) -> tuple[str, int]:
    """Start a container and, with `streams`, stay attached to its end; starting a running one is fine.

    Returns (id, exit status; 0 without streams). Raises WrongState, CommandNotFound, RuntimeFailed and what mounts raise.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    if streams is None:
        start_in_background(session, container_id, name)
        return container_id, 0
    start_sandbox_of(session, container_id)
    with CleanupClaim(session, container_id) as claim:
        with session.lock("container", container_id):
            row = ready_row(session, container_id, name)
            running = states.state_of(row) in (states.RUNNING, states.PAUSED)
            socket = None
            passthrough = more = False
            if not running:
                spec = spec_of(row)
                if states.state_of(row) != states.INITIALIZED:
                    initialize(session, row, spec, stdin_once=streams.stdin >= 0)
                passthrough = spec.log.driver == "passthrough"
                socket = None if passthrough else connect(session, container_id)
                resize(session.paths.bundle(container_id), streams)
                more = start_process(session, container_id)
        if more:
            after_start(session, container_id)
        if running:
            claim.release()
        from pycman.containers.attach.attach_and_wait import attach_and_wait  # loaded by now: while conmon was at work

        return container_id, attach_and_wait(session, container_id, streams, socket, claim, has_our_streams=passthrough)
