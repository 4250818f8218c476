"""Remove from a step's changes the mount points that the OCI runtime made for the time of the step.

/proc, /etc/hosts, targets of RUN --mount and others exist in the upper directory only because something was mounted
there. One that the layers below do not have, and that is still empty, is removed; so are directories that were made or
copied up only to hold it.
"""

from __future__ import annotations

import os
import stat

from pycman.contexts import suppress
from pycman.linux.syscalls import RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, openat2
from pycman.storage.copies import is_copy
from pycman.storage.merged_view import look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_TARGETS = (
    "/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv",
)  # fmt: skip
"""Where every container of the engine has something mounted."""
_MOST_LINKS = 40
_PARENT = os.O_PATH | os.O_DIRECTORY


def remove_mount_points(upper: str, lowers: Sequence[str], targets: Sequence[str]) -> None:
    """Remove the mount points `targets` (absolute paths in the container) from `upper`, a directory that is not mounted.

    `lowers` are the directories of the layers below, top first.
    """
    is_whole = is_copy(upper)
    top = os.open(upper, _PARENT | os.O_CLOEXEC)
    try:
        for target in dict.fromkeys((*DEFAULT_TARGETS, *targets)):
            path = _real_path([upper, *lowers], target)
            while path and _remove_if_empty(top, path, lowers, is_whole=is_whole):
                path = path.rpartition("/")[0]
    finally:
        os.close(top)


def _remove_if_empty(top: int, path: str, lowers: Sequence[str], *, is_whole: bool) -> bool:
    """Remove what bears `path` if it is an empty file or directory that changes nothing; return whether it is gone.

    In a directory that is whole (the driver "copies"), one that the layers below have would then count as removed: it stays.
    """
    above, _, name = path.rpartition("/")
    try:
        parent = openat2(top, above or ".", _PARENT, resolve=RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
    except OSError:
        return False
    try:
        status = os.lstat(name, dir_fd=parent)
        below = _status_below(lowers, path)
        if stat.S_ISDIR(status.st_mode):
            if below is not None and (is_whole or not _is_same(status, below)):
                return False
            if below is None:
                _remove_marks(parent, name)
            os.rmdir(name, dir_fd=parent)
        elif stat.S_ISREG(status.st_mode) and not status.st_size and below is None:
            os.unlink(name, dir_fd=parent)
        else:
            return False
    except OSError:  # it is not there, or a directory with something in it
        return False
    finally:
        os.close(parent)
    return True


def _remove_marks(parent: int, name: str) -> None:
    """Remove fuse-overlayfs's mark of a new directory, if nothing else is in it."""
    directory = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        if os.listdir(directory) == [".wh..wh..opq"]:
            os.unlink(".wh..wh..opq", dir_fd=directory)
    finally:
        os.close(directory)


def _is_same(status: os.stat_result, below: os.stat_result) -> bool:
    return (status.st_mode, status.st_uid, status.st_gid) == (below.st_mode, below.st_uid, below.st_gid)


def _status_below(lowers: Sequence[str], path: str) -> os.stat_result | None:
    stack: Sequence[str] = lowers
    found = None
    for part in path.split("/"):
        _, found, stack = look_up(stack, part)
        if found is None:
            return None
    return found


def _real_path(stack: Sequence[str], target: str) -> str:
    """Return the path, relative to the root, that `target` leads to, with links followed inside the stack; "" if unknown."""
    todo = [part for part in target.split("/") if part not in ("", ".")][::-1]
    parts: list[str] = []
    links = 0
    while todo:
        part = todo.pop()
        if part == "..":
            del parts[-1:]
            continue
        here: Sequence[str] = stack
        for name in parts:
            here = look_up(here, name)[2]
        path, status, _ = look_up(here, part)
        if status is not None and stat.S_ISLNK(status.st_mode):
            links += 1
            if links > _MOST_LINKS:
                return ""
            link = ""
            with suppress(OSError):
                link = os.readlink(path)
            if link.startswith("/"):
                parts = []
            todo += [piece for piece in link.split("/") if piece not in ("", ".")][::-1]
            continue
        parts.append(part)
    return "/".join(parts)
