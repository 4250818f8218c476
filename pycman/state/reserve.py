"""One megabyte of disk space kept back: on a full disk the database could not be opened, and so nothing could be removed.

The file is deleted when the disk is full, so that a removal can write its rows, and allocated again when a clean-up has made space.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress

_SIZE = 1 << 20
_LOW = 256 << 10
"""Less free space than this counts as full: a write-ahead log and its index need at most that much."""
_PLENTY = 16 << 20


def spend_if_full(path: str) -> None:
    """Delete the reserve file `path` if its disk is full."""
    with suppress(OSError):
        if _free_bytes(os.path.dirname(path)) < _LOW:
            os.unlink(path)


def restore(path: str) -> None:
    """Allocate the reserve file `path`, if it does not exist and there is enough free space."""
    with suppress(OSError):
        if os.path.exists(path) or _free_bytes(os.path.dirname(path)) < _PLENTY:
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, _SIZE)
        finally:
            os.close(descriptor)


def _free_bytes(directory: str) -> int:
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize
