"""Signal a container, kill all its processes, thaw frozen ones; `stop`, `kill`, `rm -f` and failed probes use it."""

from __future__ import annotations

import time

from pycman.errors import TimedOut
from pycman.linux.processes import wait_gone
from pycman.runtime.oci_runtimes import choose_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

SIGKILL = 9
KILL_TIMEOUT_S = 30.0


def kill_all_processes(session: Session, row: Mapping[str, Any]) -> None:
    """Send SIGKILL to the first process of a container and wait for its exit; a pinned sandbox is only marked as ended.

    The kernel kills the others of its pid namespace with it; with the host's pid namespace the OCI runtime's delete
    kills them. Raises TimedOut if the process does not exit within 30 s.
    """
    if row["pinned"]:
        session.db.change(
            "UPDATE containers SET conmon_pid = 0, finished_at_ns = ? WHERE id = ?", (time.time_ns(), row["id"])
        )
        return
    if row["paused"]:
        thaw(session, row)
    signal_container(session, row, SIGKILL)
    if not wait_gone(row["pid"], row["pid_start"], KILL_TIMEOUT_S):
        raise TimedOut("its process did not exit after SIGKILL", subject=row["name"], hint="look at dmesg")


def signal_container(session: Session, row: Mapping[str, Any], number: int) -> bool:
    """Send a signal to the first process of a container, the way of its runtime; return False if it has ended."""
    runtime = choose_runtime(session, row["oci_runtime"])
    return runtime.signal(row["id"], row["pid"], row["pid_start"], number)


def thaw(session: Session, row: Mapping[str, Any]) -> None:
    """Thaw a paused container. The caller holds its lock."""
    choose_runtime(session, row["oci_runtime"]).resume(row["id"])
    session.db.change("UPDATE containers SET paused = 0 WHERE id = ?", (row["id"],))
