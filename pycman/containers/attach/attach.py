"""Attach to a container that runs already."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.attach.attach_and_wait import attach_and_wait
from pycman.containers.catalogue import get_id, row_of
from pycman.containers.events import append_event
from pycman.linux.processes import is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.attach import Streams
from pycman.state.session import Session


def attach_container(session: Session, name: str, streams: Streams) -> int:
    """Pass `streams` to and from a running container until it exits; return its exit status.

    Raises NotFound, NotRunning, WrongState (paused, or a pinned sandbox), Detached.
    """
    session.enter_namespaces()
    row = row_of(session, get_id(session, name), name)
    states.require_running(session, row, "attached to")
    states.require_process(row)
    if not is_alive(row["conmon_pid"], row["conmon_start"]):
        from pycman.containers.start.watch_again import ensure_monitor  # only after a monitor was killed

        ensure_monitor(session, row["id"])
    append_event(session, row, "attach")
    return attach_and_wait(session, row["id"], streams, None, None)
