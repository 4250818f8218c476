"""Owner, mode, times and extended attributes of one thing, through a descriptor of it: never of what a name leads to.

The only module that changes them by a path. A name that a container can change leads elsewhere a moment later, and
chmod(2) follows a link even with a directory descriptor; a descriptor opened with O_PATH and O_NOFOLLOW stays what it was
(open(2), O_PATH; proc_pid_fd(5)). tests/unit/test_unsafe_calls.py keeps the other calls out of the tree.
"""

from __future__ import annotations

import os
import stat

from pycman.contexts import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EXACTLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
SAME = -1
"""An owner that stays as it is (chown(2))."""


@contextmanager
def exactly(name: str, directory: int | None = None) -> Iterator[int]:
    """Give an O_PATH descriptor of what bears `name` (in a directory, if given): of a link it is the link itself."""
    descriptor = os.open(name, _EXACTLY, dir_fd=directory)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def dress(
    name: str,
    directory: int | None = None,
    *,
    owner: tuple[int, int] | None = None,
    mode: int | None = None,
    times_ns: tuple[int, int] | None = None,
) -> None:
    """Give what bears `name` an owner, a mode (not to a link, which has none) and times. Raises OSError."""
    with exactly(name, directory) as descriptor:
        dress_opened(descriptor, owner=owner, mode=mode, times_ns=times_ns)


def dress_opened(
    descriptor: int,
    *,
    owner: tuple[int, int] | None = None,
    mode: int | None = None,
    times_ns: tuple[int, int] | None = None,
) -> None:
    """Do the same to what a descriptor, an O_PATH one too, was opened as.

    The owner comes first, as it clears set-id bits; a change of owner or mode changes no other time than ctime.
    """
    path = f"/proc/self/fd/{descriptor}"
    if owner is not None:
        os.chown(path, *owner)
    if mode is not None and not stat.S_ISLNK(os.fstat(descriptor).st_mode):
        os.chmod(path, mode)
    if times_ns is not None:
        os.utime(path, ns=times_ns)


def set_attribute(descriptor: int, name: str, value: bytes) -> None:
    """Give what a descriptor, an O_PATH one too, was opened as an extended attribute. Raises OSError."""
    os.setxattr(f"/proc/self/fd/{descriptor}", name, value)


def get_attributes(descriptor: int) -> Mapping[str, bytes]:
    """Return the extended attributes of what a descriptor, an O_PATH one too, was opened as; those that can be read."""
    path = f"/proc/self/fd/{descriptor}"
    found: dict[str, bytes] = {}
    names: list[str] = []
    with suppress(OSError):
        names = sorted(os.listxattr(path))
    for name in names:
        with suppress(OSError):
            found[name] = os.getxattr(path, name)
    return found


def open_regular(name: str, directory: int | None = None) -> int:
    """Open a regular file for reading. Raises IsADirectoryError, or OSError EINVAL for a device, FIFO, socket or link."""
    with exactly(name, directory) as descriptor:
        return reopen_regular(descriptor, os.O_RDONLY)


def reopen_regular(descriptor: int, flags: int) -> int:
    """Open what an O_PATH descriptor is for reading or writing, if it is a regular file; raises as `open_regular`.

    What it is, is known before it is opened: a device opened by mistake acts, and a FIFO waits.
    """
    import errno  # a built-in module: free

    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    return os.open(f"/proc/self/fd/{descriptor}", flags | os.O_NOCTTY | os.O_CLOEXEC)
