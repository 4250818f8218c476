"""Open what a container sees at a path, without ever leaving its root (openat2(2), RESOLVE_IN_ROOT)."""

from __future__ import annotations

import os
import stat

from pycman.contexts import suppress
from pycman.linux.attributes import reopen_regular
from pycman.linux.processes import is_alive
from pycman.linux.syscalls import openat2

_NULL = os.makedev(1, 3)


def directory_below(root: str, path: str) -> int | None:
    """Return a descriptor of the directory `path` inside `root`; None if there is none (or it is no directory)."""
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return openat2(top, path.lstrip("/") or ".", os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    finally:
        os.close(top)


def path_below(root: str, path: str) -> int | None:
    """Return an O_PATH descriptor of what `path` is inside `root`, links followed; None if there is nothing."""
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return openat2(top, path.lstrip("/") or ".", os.O_PATH)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    finally:
        os.close(top)


def make_below(root: str, path: str, mode: int = 0o755) -> None:
    """Make the directories of `path` inside `root` that are missing; links on the way are followed inside it only."""
    made = ""
    for name in [part for part in path.split("/") if part not in ("", ".")]:
        above = path_below(root, made or "/")
        if above is None or name == "..":
            return
        try:
            with suppress(FileExistsError):
                os.mkdir(name, mode, dir_fd=above)
        finally:
            os.close(above)
        made = f"{made}/{name}"


def read_below(root: str, path: str, *, limit_bytes: int = 4 << 20) -> bytes | None:
    """Return the content of the regular file `path` inside `root`, at most `limit_bytes`; None if there is none.

    Nothing but a regular file is read: a FIFO or device put there would block, or do worse.
    """
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        exactly = openat2(top, path.lstrip("/"), os.O_PATH)
    except OSError:
        return None
    finally:
        os.close(top)
    try:
        descriptor = reopen_regular(exactly, os.O_RDONLY)
    except OSError:
        return None
    finally:
        os.close(exactly)
    try:
        content = b""
        while len(content) < limit_bytes and (data := os.read(descriptor, limit_bytes - len(content))):
            content += data
        return content
    finally:
        os.close(descriptor)


def process_root(pid: int, started: int) -> int | None:
    """Return an O_PATH descriptor of the root directory a process sees, mounts and all; None if it is gone.

    `started` is its start time in ticks, so that a reused pid is not taken for it.
    """
    try:
        descriptor = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError):
        return None
    if is_alive(pid, started):
        return descriptor
    os.close(descriptor)
    return None


def null_below(root: str) -> int | None:
    """Open `root`'s own /dev/null for reading and writing; None if there is nothing there, or something else.

    A process in a container must not get the host's: with the rights of root it could change that one's mode.
    """
    try:
        found = path_below(root, "dev/null")
    except OSError:  # a loop of links, and whatever else somebody has put there
        return None
    if found is None:
        return None
    try:
        status = os.fstat(found)
        if not stat.S_ISCHR(status.st_mode) or status.st_rdev != _NULL:
            return None
        return os.open(f"/proc/self/fd/{found}", os.O_RDWR | os.O_CLOEXEC)  # the very one that was looked at
    except OSError:
        return None
    finally:
        os.close(found)
