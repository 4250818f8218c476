"""Digests of large files of a context, kept by inode, size and times, so that an unchanged file is not read again.

A file that was changed within the last seconds is not kept: it could change once more without new times (git's rule for
its index).
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from pycman.state.session import Session

_SMALLEST_BYTES = 64 << 10
"""Smaller files are read as fast as they are looked up."""
_SETTLED_NS = 3 * 10**9


class FileDigests:
    """The digests of one build; what was found new is written by `write`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._new: list[tuple[str, str, int]] = []

    def find(self, status: os.stat_result) -> bytes | None:
        """Return the digest of a file's content, None if it is not known."""
        if status.st_size < _SMALLEST_BYTES:
            return None
        found = self._session.db.value("SELECT digest FROM build_files WHERE file = ?", (_key(status),))
        return None if found is None else bytes.fromhex(found)

    def keep(self, status: os.stat_result, digest: bytes) -> None:
        """Remember a digest, if the file is large and has not changed lately."""
        now = time.time_ns()
        if status.st_size >= _SMALLEST_BYTES and status.st_ctime_ns < now - _SETTLED_NS:
            self._new.append((_key(status), digest.hex(), now))

    def write(self) -> None:
        """Write what is new, in one transaction."""
        if not self._new:
            return
        with self._session.db.transaction():
            for row in self._new:
                self._session.db.change("INSERT OR REPLACE INTO build_files VALUES (?, ?, ?)", row)
        self._new.clear()


def _key(status: os.stat_result) -> str:
    return f"{status.st_dev} {status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
