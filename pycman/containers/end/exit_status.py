"""The exit status of a run, waited for and found wherever it is: row, exit file, or the events once it was removed (--rm)."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.run_end import UNKNOWN_STATUS, is_same_run
from pycman.linux.processes import wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

_EXIT_COMMAND_S = 10
"""How long conmon's exit command may take to record an exit."""
_POLL_S = 0.01


def wait_for_status(session: Session, row: Mapping[str, Any]) -> int:
    """Return the exit status of the run that `row` was read in, which has ended or is about to.

    conmon's exit command is waited for, 10 s at most, so that what follows from the exit is done, too. 255 if nobody knows the
    status.
    """
    wait_gone(row["pid"], row["pid_start"], -1)
    wait_gone(row["conmon_pid"], row["conmon_start"], _EXIT_COMMAND_S)
    deadline = time.monotonic() + _EXIT_COMMAND_S
    while True:
        now = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
        if now is None or not is_same_run(row, now):
            return status_of_run(session, row, now)
        state, now = states.observe(session, now)
        if state not in states.ALIVE:
            return int(now["exit_status"])
        if time.monotonic() > deadline:
            return UNKNOWN_STATUS
        time.sleep(_POLL_S)


def status_of_run(session: Session, row: Mapping[str, Any], now: Mapping[str, Any] | None) -> int:
    """Return the exit status of the run that `row` was read in, whose end has been recorded; `now` is the row as it is now.

    After another start, or the removal, it is that of the first event "died" since.
    """
    started = states.was_started(row)
    if now is not None and not now["pid"] and (not started or now["started_at_ns"] == row["started_at_ns"]):
        return int(now["exit_status"])
    from pycman.state.events import of_actor  # after --rm the status survives only in the events table

    ends = of_actor(session.db, row["id"], "died")
    if started:
        ends = [event for event in ends if event.time_ns >= row["started_at_ns"]][:1]
    return int(ends[-1].attributes.get("exit_status", UNKNOWN_STATUS)) if ends else UNKNOWN_STATUS
