"""Temporary files of one command, below the root's tmp/. Their names say which process made them, so that the garbage
collection can remove those of killed commands.
"""

from __future__ import annotations

import os

from pycman.linux.files import remove_tree
from pycman.linux.processes import is_alive, start_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def scratch_path(session: Session, purpose: str) -> str:
    """Return a new path for this process: PURPOSE.PID.START.RANDOM. The caller makes and removes the file."""
    pid = os.getpid()
    return f"{session.paths.tmp}/{purpose}.{pid}.{start_time(pid)}.{os.urandom(4).hex()}"


def is_abandoned(name: str) -> bool:
    """Return whether the process that made a temporary file has ended; False for a name of another form."""
    parts = name.split(".")
    if len(parts) != 4 or not parts[1].isdigit() or not parts[2].isdigit():
        return False
    return not is_alive(int(parts[1]), int(parts[2]))


def remove_left(path: str) -> None:
    """Remove what a killed command left at a path, and unmount first what it had mounted there. Raises MountFailed and OSError."""
    from pycman.linux.mounts import unmount_below  # only imported after a command was killed

    unmount_below(path)
    remove_tree(path)
