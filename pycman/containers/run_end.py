"""How a run ended whose process is gone, before its cleanup has recorded that in the row. Cleanup and readers ask here alone.

process gone ──▶ conmon writes the exit file ──▶ `container cleanup` records the end in the row, removes the file
  not known yet: it counts as running still   the end is known: exited, or restarting
"""

from __future__ import annotations

import os
import time

from pycman.linux.processes import boot_id, is_alive
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

UNKNOWN_STATUS = 255
"""Docker's status for a container whose exit was not seen (host rebooted, conmon killed)."""


_KILLED_STATUS = 128 + 9
_DEADLINE = '"deadline_s"'
"""Substring of the stored JSON of the spec of a container whose pod has a deadline."""


class RunEnd(Record):
    """The end of one run. `finished_at_ns` is never before its start; `seen` is False if nobody saw the exit (status 255)."""

    exit_status: int
    finished_at_ns: int
    oom_killed: bool = False
    seen: bool = True
    dumped: bool = False
    """It ended because a checkpoint was made of it: status 0, and no policy restarts it."""

    @property
    def term_signal(self) -> int:
        """Return the signal that ended it, 0 if none did."""
        return self.exit_status - 128 if self.seen and 128 < self.exit_status <= 128 + 64 else 0

    def columns(self) -> dict[str, int]:
        """Return the columns of `containers` that record it."""
        return {
            "exit_status": self.exit_status,
            "term_signal": self.term_signal,
            "oom_killed": int(self.oom_killed),
            "finished_at_ns": self.finished_at_ns,
        }


def read_end(session: Session, row: Mapping[str, Any]) -> RunEnd | None:
    """Return how a run ended whose process is gone; None while its monitor lives and has not written the exit file.

    Of a host that was rebooted the run ended at the boot; of a monitor that was killed, nobody knows: now.
    """
    if row["boot_id"] != boot_id():
        return _unseen(row, time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    monitored = is_alive(row["conmon_pid"], row["conmon_start"])  # before the file: one that is gone writes no more
    from pycman.runtime.exit_file import KILLED_AT_TIME_LIMIT, read_exit_file  # only for a run that has ended

    recorded = read_exit_file(session.paths.exit_file(row["id"]))
    if recorded is None and not monitored:
        from pycman.runtime.late_exit import late_exit  # only after a monitor was killed

        recorded = late_exit(session.paths.bundle(row["id"]))
        if recorded is None:
            return unseen_end(row)
    if recorded is None:
        return None
    if recorded[0] == _KILLED_STATUS:
        from pycman.containers.dumps import was_dumped  # only imported for processes that were killed

        if was_dumped(session, row):
            return RunEnd(exit_status=0, finished_at_ns=max(recorded[1], row["started_at_ns"]), dumped=True)
    return RunEnd(
        exit_status=_status_at_time_limit(session, row) if recorded[0] == KILLED_AT_TIME_LIMIT else recorded[0],
        finished_at_ns=max(recorded[1], row["started_at_ns"]),
        oom_killed=os.path.exists(f"{session.paths.bundle(row['id'])}/oom"),
    )


def _status_at_time_limit(session: Session, row: Mapping[str, Any]) -> int:
    """Return the status of a container that conmon killed: 255 as podman's for `--timeout`, as with a kubelet 137 at a pod's deadline."""
    spec = str(session.db.value("SELECT spec FROM containers WHERE id = ?", (row["id"],)) or "")
    return _KILLED_STATUS if _DEADLINE in spec else UNKNOWN_STATUS


def unseen_end(row: Mapping[str, Any]) -> RunEnd:
    """Return the end, now, of a run whose exit nobody saw."""
    return _unseen(row, time.time_ns())


def _unseen(row: Mapping[str, Any], at_ns: int) -> RunEnd:
    return RunEnd(exit_status=UNKNOWN_STATUS, finished_at_ns=max(at_ns, row["started_at_ns"]), seen=False)


def unrecorded(session: Session, row: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, RunEnd | None]:
    """Return the row of a container whose process is gone as it is now, and the end of that run, None if not known yet.

    The row, with columns that `row` has from other tables, is None if the container was removed meanwhile. If it is another one than `row` (cleaned up, started again), the end
    is None, and the row has to be looked at anew.
    """
    end = read_end(session, row)
    now = session.db.row(
        "SELECT * FROM containers WHERE id = ?", (row["id"],)
    )  # after the file, which cleanup removes last
    if now is None:
        return None, None
    return {**dict(row), **dict(now)}, end if is_same_run(row, now) else None


def wait_known(session: Session, row: Mapping[str, Any], timeout_s: float) -> None:
    """Wait until the end of a run whose process is gone is known to whoever looks: conmon's exit file is there, or a cleanup recorded it."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        now, end = unrecorded(session, row)
        if now is None or end is not None or not is_same_run(row, now):
            return
        time.sleep(0.001)


def is_same_run(row: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether two rows of a container are of one run whose end has not been recorded between them."""
    return all(row[column] == now[column] for column in ("boot_id", "pid", "pid_start"))
