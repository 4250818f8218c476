"""Start the monitor of a running container again that was killed, where its runtime can do without one meanwhile: a shim's."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import change_row, row_of
from pycman.linux.processes import boot_id, is_alive, start_time
from pycman.runtime.late_exit import can_be_watched_again, watch_again

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def lacks_monitor(session: Session, row: Mapping[str, Any]) -> bool:
    """Say whether a container runs without a monitor that can be started again."""
    if row["pinned"] or row["boot_id"] != boot_id() or is_alive(row["conmon_pid"], row["conmon_start"]):
        return False
    return states.has_process(row) and can_be_watched_again(session.paths.bundle(row["id"]))


def ensure_monitor(session: Session, container_id: str) -> bool:
    """Start the container's monitor again if it was killed; return whether that was needed. Raises what the shim says."""
    if not lacks_monitor(session, row_of(session, container_id)):
        return False
    with session.lock("container", container_id):
        if not lacks_monitor(session, row_of(session, container_id)):
            return False
        pid = watch_again(session.paths.bundle(container_id))
        with session.db.transaction(durable=False):
            change_row(session, container_id, conmon_pid=pid, conmon_start=start_time(pid))
    return True
