"""A megabyte kept back: on a full disk the database could not even be opened, and nothing could be removed any more.

It is given up when the disk is full, so that the rows of a removal find room, and taken again by the next clean-up.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress

_SIZE = 1 << 20
_LOW = 256 << 10
"""Less room than this in bytes is called full: a write-ahead log and its index need that much at most."""
_PLENTY = 16 << 20


def spend_if_full(path: str) -> None:
    """Give up the reserve file at `path` if its disk is full."""
    with suppress(OSError):
        if _free(os.path.dirname(path)) < _LOW:
            os.unlink(path)


def restore(path: str) -> None:
    """Take the reserve (again), if there is plenty of room."""
    with suppress(OSError):
        if os.path.exists(path) or _free(os.path.dirname(path)) < _PLENTY:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _SIZE)
        finally:
            os.close(descriptor)


def _free(directory: str) -> int:
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
