"""Attach to a container that runs already."""

from __future__ import annotations

from pycman.containers import life
from pycman.containers.catalogue import get_id, row_of
from pycman.containers.follow import follow_to_the_end
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.runtime.attach import Streams
    from pycman.state.session import Session


def attach_container(session: Session, name: str, streams: Streams) -> int:
    """Stay with a running container until it ends and return its exit status. Raises NotRunning, Detached."""
    session.enter_namespaces()
    row = row_of(session, get_id(session, name), name)
    life.require_running(row, "attached to")
    life.require_process(row)
    events.append(session.db, "container", "attach", row["id"], name=row["name"], image=row["image_name"])
    return follow_to_the_end(session, row["id"], streams, None, None)
