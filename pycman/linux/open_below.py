"""Open paths as a container sees them: links are followed inside its root and never lead out of it (openat2(2), RESOLVE_IN_ROOT)."""

from __future__ import annotations

import os
import stat

from pycman.contexts import suppress
from pycman.linux.attributes import reopen_regular
from pycman.linux.files import make_one_directory
from pycman.linux.processes import is_alive
from pycman.linux.syscalls import openat2

_NULL = os.makedev(1, 3)


def directory_below(root: str, path: str) -> int | None:
    """Return a descriptor of the directory `path` inside `root`; None if it does not exist or is no directory."""
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return openat2(top, path.lstrip("/") or ".", os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    finally:
        os.close(top)


def entries_below(root: str, path: str) -> dict[str, bool] | None:
    """Return the names in the directory `path` inside `root`, and which are directories; None if it is no directory."""
    descriptor = directory_below(root, path)
    if descriptor is None:
        return None
    try:
        with os.scandir(descriptor) as entries:
            return {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    finally:
        os.close(descriptor)


def path_below(root: str, path: str) -> int | None:
    """Return an O_PATH descriptor of `path` inside `root`, links followed; None if it does not exist."""
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return openat2(top, path.lstrip("/") or ".", os.O_PATH)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    finally:
        os.close(top)


def make_below(root: str, path: str, mode: int = 0o755) -> None:
    """Make the missing directories of `path` inside `root`; links on the way are followed inside it only."""
    made = ""
    for name in [part for part in path.split("/") if part not in ("", ".")]:
        above = path_below(root, made or "/")
        if above is None or name == "..":
            return
        try:
            with suppress(FileExistsError):
                make_one_directory(name, mode, above)
        finally:
            os.close(above)
        made = f"{made}/{name}"


def read_below(root: str, path: str, *, limit_bytes: int = 4 << 20) -> bytes | None:
    """Return the content of the regular file `path` inside `root`, at most `limit_bytes`; None if there is none.

    Only a regular file is read: opening a FIFO would block, and opening a device may have effects.
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


_MOST_LINKS = 40


def resolved_below(root: str, path: str) -> str:
    """Return where `path` leads inside `root`, links followed as inside: an absolute path without links; what is missing stays as it is."""
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found: list[str] = []
        rest = path.split("/")
        links = 0
        while rest:
            name = rest.pop(0)
            if name == "..":
                found = found[:-1]
            elif name not in ("", "."):
                target = _link_target(top, "/".join((*found, name)))
                links += bool(target)
                if not target or links > _MOST_LINKS:
                    found.append(name)
                    continue
                found = [] if target.startswith("/") else found
                rest = target.split("/") + rest
        return "/" + "/".join(found)
    finally:
        os.close(top)


def is_proc(path: str) -> bool:
    """Say whether an absolute path is /proc or below it."""
    return os.path.normpath("/" + path.lstrip("/")).split("/")[1] == "proc"


def _link_target(top: int, path: str) -> str:
    """Return where a link points to, "" for anything else."""
    try:
        descriptor = openat2(top, path, os.O_PATH | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        return os.readlink("", dir_fd=descriptor)
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def process_root(pid: int, started: int) -> int | None:
    """Return an O_PATH descriptor of a process's root directory, in its mount namespace; None if the process has ended.

    `started` is its start time in ticks, by which a reused pid is recognized.
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
    """Open `root`'s own /dev/null for reading and writing; None if it does not exist or is not the null device.

    A process in a container must not get the host's /dev/null: as root it could change its mode.
    """
    try:
        device = path_below(root, "dev/null")
    except OSError:  # for example a loop of links that the container has put there
        return None
    if device is None:
        return None
    try:
        status = os.fstat(device)
        if not stat.S_ISCHR(status.st_mode) or status.st_rdev != _NULL:
            return None
        return os.open(f"/proc/self/fd/{device}", os.O_RDWR | os.O_CLOEXEC)  # the file that was checked, not its name
    except OSError:
        return None
    finally:
        os.close(device)
