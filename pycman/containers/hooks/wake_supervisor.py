"""Start the supervisor as a process: `pycman/supervisor/` is a room above this one, so it cannot be imported here."""

from __future__ import annotations

import os

from pycman.containers.engine_command import engine_command
from pycman.errors import TimedOut
from pycman.linux.files import take_lock
from pycman.linux.processes import spawn

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
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        spawn(engine_command(session, "__supervise"), descriptors={0: null, 1: null, 2: null}, new_session=True)
    finally:
        os.close(null)
