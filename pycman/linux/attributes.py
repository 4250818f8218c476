"""Set owner, mode, times and extended attributes of one file, through a descriptor of it, never through its name.

A container may replace a file whose name it can change at any moment, and chmod(2) follows a link even with a directory descriptor;
a descriptor opened with O_PATH and O_NOFOLLOW always refers to the same file (open(2), O_PATH; proc_pid_fd(5)). No other module
changes attributes by a path: tests/unit/test_unsafe_calls.py checks that.
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
"""Leaves an owner unchanged (chown(2))."""


@contextmanager
def exactly(name: str, directory: int | None = None) -> Iterator[int]:
    """Yield an O_PATH descriptor of the file `name` (in `directory`, if given); for a symbolic link, of the link itself."""
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
    """Set owner, mode (not of a link, which has none) and times of the file `name`. Raises OSError."""
    with exactly(name, directory) as descriptor:
        dress_opened(descriptor, owner=owner, mode=mode, times_ns=times_ns)


def dress_opened(
    descriptor: int,
    *,
    owner: tuple[int, int] | None = None,
    mode: int | None = None,
    times_ns: tuple[int, int] | None = None,
) -> None:
    """Set owner, mode and times of an open file; the descriptor may be an O_PATH one. Raises OSError.

    The owner is set first, because that clears set-id bits; times last.
    """
    path = f"/proc/self/fd/{descriptor}"
    if owner is not None:
        os.chown(path, *owner)
    if mode is not None and not stat.S_ISLNK(os.fstat(descriptor).st_mode):
        os.chmod(path, mode)
    if times_ns is not None:
        os.utime(path, ns=times_ns)


def set_attribute(descriptor: int, name: str, value: bytes) -> None:
    """Set an extended attribute of an open file; the descriptor may be an O_PATH one. Raises OSError."""
    os.setxattr(f"/proc/self/fd/{descriptor}", name, value)


def get_attributes(descriptor: int) -> Mapping[str, bytes]:
    """Return the readable extended attributes of an open file, by name; the descriptor may be an O_PATH one."""
    path = f"/proc/self/fd/{descriptor}"
    attributes: dict[str, bytes] = {}
    names: list[str] = []
    with suppress(OSError):
        names = sorted(os.listxattr(path))
    for name in names:
        with suppress(OSError):
            attributes[name] = os.getxattr(path, name)
    return attributes


def open_regular(name: str, directory: int | None = None) -> int:
    """Open a regular file for reading. Raises IsADirectoryError, or OSError EINVAL for a device, FIFO, socket or link."""
    with exactly(name, directory) as descriptor:
        return reopen_regular(descriptor, os.O_RDONLY)


def reopen_regular(descriptor: int, flags: int) -> int:
    """Open the file of an O_PATH descriptor for reading or writing, if it is a regular one; raises as `open_regular`.

    Its type is checked before it is opened, because opening a device may have effects, and opening a FIFO blocks.
    """
    import errno  # a built-in module: free

    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return os.open(f"/proc/self/fd/{descriptor}", flags | os.O_NOCTTY | os.O_CLOEXEC)
