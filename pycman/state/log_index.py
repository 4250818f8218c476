"""The index of the write-ahead log (state.sqlite-shm): on a disk that is nearly full, the space that it has is kept.

The first that opens a database makes the index anew: SQLite cuts it off and lets it grow again, and beside a container that writes without
end it finds no space for that (which is an error of input and output), so nothing could be stopped. It does so only if nobody else has the
database open, which it sees by a lock on one byte (unixLockSharedMemory in SQLite's os_unix.c). Whoever holds that lock says that the index
is what those that write have made of it. That holds for as long as the machine runs, whoever was killed (the header of the index is
written last, and twice), but not after a loss of power; so a file tells in which boot which index was opened.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.linux.files import read_text, share_range
from pycman.linux.processes import boot_id

_LOCK = 128
"""UNIX_SHM_DMS."""
NOT_KEPT = -1


class LogIndex:
    """The index of the database at `path`."""

    def __init__(self, path: str) -> None:
        self._index = f"{path}-shm"
        self._note = f"{path}.boot"

    def keep(self) -> int:
        """Return a descriptor which, until it is closed, keeps SQLite from making the index anew; NOT_KEPT if it is not of this boot."""
        with suppress(OSError):  # there is none, or somebody makes it at this moment
            noted = read_text(self._note)
            if noted != _identity(os.stat(self._index)):
                return NOT_KEPT  # not even for a moment: others would take it for one of this boot
            descriptor = share_range(self._index, _LOCK, 1)
            if noted == _identity(os.fstat(descriptor)):
                return descriptor
            os.close(descriptor)
        return NOT_KEPT

    def note(self) -> None:
        """Note that the index was opened in this boot."""
        with suppress(OSError):
            identity = _identity(os.stat(self._index))
            if read_text(self._note) != identity:
                descriptor = os.open(self._note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
                try:
                    os.write(descriptor, identity.encode())
                finally:
                    os.close(descriptor)


def _identity(status: os.stat_result) -> str:
    return f"{boot_id()} {status.st_dev} {status.st_ino}\n"
