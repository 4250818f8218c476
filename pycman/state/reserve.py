"""Disk space and some files kept back for the database: on a disk without free space or inodes it could not be opened,
and so nothing could be removed.

    write ──▶ is the disk full? ──▶ has the write-ahead log room of its own? then it is written there
                                 └▶ lend: the reserve file becomes shorter ──▶ the write ──▶ take back what is left of that

Containers that run fill whatever is free, so the space is lent for the time of one write, and not given away. What is lent to a write may
still go to a container that writes without end (its log, say), a little each time; so the log has room allocated beyond its end, which
nobody else can take.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.linux.files import allocate_beyond_end

_SIZE = 1 << 20
_LOW = 256 << 10
"""Less free space than this counts as full: a write-ahead log and its index need at most that much."""
_LOAN, _SMALL_LOAN = 512 << 10, 128 << 10
"""For a write, and for the index of the write-ahead log, which is made anew by the first that opens the database."""
_LOG_ROOM = 2 << 20
"""A commit moves the log into the file when it has 1 MiB, if the file needs not become longer for that."""
_STEP = 64 << 10
_PLENTY = 16 << 20
_SPARE_FILES = 4
"""The write-ahead log and its index need two."""
_LOW_INODES, _PLENTY_INODES = 8, 256
_BLOCK = 512
"""Of st_blocks (inode(7))."""


class Reserve:
    """The reserve of the database at `path`, as one process sees it."""

    def __init__(self, path: str) -> None:
        self._path = f"{path}.reserve"
        self._log = f"{path}-wal"
        self._is_lent = False
        self._plenty: bool | None = None

    def lend(self, *, always: bool = False, little: bool = False) -> bool:
        """Make the file shorter, or remove the spare ones, if their disk is full and the log has no room (`always`: a write said so).

        Returns whether there is more space now.
        """
        size = 0
        try:
            free_bytes, free_inodes = _free(os.path.dirname(self._path))
            if not always and free_inodes >= _LOW_INODES and (free_bytes >= _LOW or self._log_has_room()):
                return False
            if free_inodes < _LOW_INODES:
                for name in self._spare:
                    with suppress(FileNotFoundError):
                        os.unlink(name)
            size = _shorten(self._path, _SMALL_LOAN if little else _LOAN) if always or free_bytes < _LOW else 0
        except OSError:  # it was never made, or another file system's limit applies
            self._is_lent = True
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
        with suppress(OSError):
            self._make_spare()

    def restore(self) -> None:
        """Allocate the whole file and the spare ones, if they are missing or short and there is plenty of space."""
        with suppress(OSError):
            free_bytes, free_inodes = _free(os.path.dirname(self._path))
            if free_bytes >= _PLENTY and free_inodes >= _PLENTY_INODES:
                if not _is_whole(self._path):
                    _allocate(self._path, os.O_WRONLY | os.O_CREAT)
                self._make_spare()

    def is_plenty(self) -> bool:
        """Say whether the disk had plenty of space when the database was opened."""
        if self._plenty is None:
            try:
                self._plenty = _free(os.path.dirname(self._path))[0] >= _PLENTY
            except OSError:
                self._plenty = False
        return self._plenty

    def keep_log_room(self) -> None:
        """Allocate room for the write-ahead log, if it has less."""
        with suppress(OSError):
            if os.stat(self._log).st_blocks * _BLOCK < _LOG_ROOM:
                allocate_beyond_end(self._log, _LOG_ROOM)

    def _log_has_room(self) -> bool:
        """Say whether a transaction fits into what is allocated. A log that was moved into the file is written from its beginning."""
        try:
            status = os.stat(self._log)
        except FileNotFoundError:
            return False
        return status.st_blocks * _BLOCK - status.st_size >= _LOW

    @property
    def _spare(self) -> list[str]:
        return [f"{self._path}.{number}" for number in range(_SPARE_FILES)]

    def _make_spare(self) -> None:
        """Make the spare files, as many as there are inodes for. Raises OSError when there is none left."""
        for name in self._spare:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _shorten(path: str, loan: int) -> int:
    """Shorten the file by a loan; return its size before. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        os.ftruncate(descriptor, max(0, size - loan))
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


def _free(directory: str) -> tuple[int, int]:
    """Return the free bytes and inodes of a directory's file system; one that counts no inodes has plenty."""
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize, status.f_favail if status.f_files else _PLENTY_INODES
