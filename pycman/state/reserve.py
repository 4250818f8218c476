"""One megabyte of disk space kept back for the database: on a full disk it could not be opened, and so nothing could be removed.

    write ──▶ is the disk full? ──▶ lend: the reserve file becomes shorter ──▶ the write ──▶ take back what is left of that

Containers that run fill whatever is free, so the space is lent for the time of one write, and not given away.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress

_SIZE = 1 << 20
_LOW = 256 << 10
"""Less free space than this counts as full: a write-ahead log and its index need at most that much."""
_LOAN = 512 << 10
_STEP = 64 << 10
_PLENTY = 16 << 20


class Reserve:
    """The reserve file at `path`, of one process."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._is_lent = False

    def lend(self, *, always: bool = False) -> bool:
        """Make the file shorter if its disk is full (`always`: a write said so); return whether there is more space now."""
        try:
            if not always and _free_bytes(os.path.dirname(self._path)) >= _LOW:
                return False
            size = _shorten(self._path)
        except OSError:  # it was never made, or another file system's limit applies
            return False
        self._is_lent = True
        return size > 0

    def take_back(self) -> None:
        """Make the file as long again as the free space allows, if this process made it shorter."""
        if not self._is_lent:
            return
        self._is_lent = False
        with suppress(OSError):
            _allocate(self._path, os.O_WRONLY)

    def restore(self) -> None:
        """Allocate the whole file, if it is missing or short and there is plenty of space."""
        with suppress(OSError):
            if _free_bytes(os.path.dirname(self._path)) >= _PLENTY and not _is_whole(self._path):
                _allocate(self._path, os.O_WRONLY | os.O_CREAT)


def _shorten(path: str) -> int:
    """Shorten the file by a loan; return its size before. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, max(0, size - _LOAN))
        return size
    finally:
        os.close(descriptor)


def _allocate(path: str, flags: int) -> None:
    """Allocate the file up to its size, or as much of it as there is space for. Raises OSError if it cannot be opened."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        for size in range(_SIZE, os.fstat(descriptor).st_size, -_STEP):
            with suppress(OSError):
                os.posix_fallocate(descriptor, 0, size)
                return
    finally:
        os.close(descriptor)


def _is_whole(path: str) -> bool:
    try:
        return os.stat(path).st_size >= _SIZE
    except FileNotFoundError:
        return False


def _free_bytes(directory: str) -> int:
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize
