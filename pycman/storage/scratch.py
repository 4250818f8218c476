"""Files one command needs while it works, below the root's tmp/, named for their maker: a killed one's are swept."""

from __future__ import annotations

import os

from pycman.linux.processes import is_alive, start_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def scratch_path(session: Session, what: str) -> str:
    """Return a fresh path for this process: WHAT.PID.START.RANDOM. Whoever makes something there removes it."""
    pid = os.getpid()
    return f"{session.paths.tmp}/{what}.{pid}.{start_time(pid)}.{os.urandom(4).hex()}"


def is_abandoned(name: str) -> bool:
    """Say whether a scratch file's maker is gone; a name of another form says nothing."""
    parts = name.split(".")
    if len(parts) != 4 or not parts[1].isdigit() or not parts[2].isdigit():
        return False
    return not is_alive(int(parts[1]), int(parts[2]))
