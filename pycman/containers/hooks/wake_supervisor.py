"""Start the supervisor as a process: `pycman/supervisor/` is a room above this one, so it cannot be imported here."""

from __future__ import annotations

import os

from pycman.containers.engine_command import start_engine_command
from pycman.errors import TimedOut
from pycman.linux.files import take_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def wake_supervisor(session: Session) -> None:
    """Start this user's supervisor unless it runs, which its lock file shows.

    A running one reads new work from the database.
    """
    try:
        descriptor = take_lock(session.paths.supervisor_lock, timeout_s=0)
    except TimedOut:
        return
    os.close(descriptor)
    start_engine_command(session, "__supervise")
