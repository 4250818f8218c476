"""List the changes of a writable layer against the layers below it, as docker diff does."""

from __future__ import annotations

import errno
import os
import stat

from pycman.errors import Unsupported
from pycman.linux.files import descriptor_path
from pycman.record import Record
from pycman.storage.copies import is_copy
from pycman.storage.merged_view import hidden_name, is_opaque, is_whiteout, list_names, look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 256
"""Levels of directories: more than a real image has, and few enough for the interpreter's stack."""


class Change(Record):
    """One changed path: `kind` A (added), C (changed) or D (deleted)."""

    kind: str
    path: str


def list_changes(upper: str, lowers: Sequence[str]) -> list[Change]:
    """Return what `upper` changes of the stack `lowers` (top first), parents first, in the order of names.

    An upper directory of the copies driver contains all files, so it is compared file by file. It is walked by
    descriptors, because the container may be changing it at this moment; the layers below never change.
    """
    return _all(_differences if is_copy(upper) else _entries, upper, lowers)


def list_differences(root: str, lowers: Sequence[str]) -> list[Change]:
    """Return how the whole tree `root` differs from the stack `lowers` (top first), compared file by file."""
    return _all(_differences, root, lowers)


def _all(compare: Callable[[int, str, list[str]], Iterator[Change]], upper: str, lowers: Sequence[str]) -> list[Change]:
    top = os.open(upper, _DIRECTORY)
    try:
        return list(compare(top, "", list(lowers)))
    finally:
        os.close(top)


def _check_depth(path: str) -> None:
    if path.count("/") > _DEEPEST:
        raise Unsupported(f"more than {_DEEPEST} nested directories", subject=path[:80] + "…")


def _entries(directory: int, path: str, stack: list[str]) -> Iterator[Change]:
    _check_depth(path)
    hidden = []
    if path and is_opaque(descriptor_path(directory)):
        hidden, stack = list_names(stack), []
    names = sorted(os.listdir(directory))
    for name in names:
        entry_path = f"{path}/{name}"
        if name.startswith(".wh."):
            if hidden_name(name):
                yield Change(kind="D", path=f"{path}/{hidden_name(name)}")
            continue
        status = _status(directory, name)
        if status is None:
            continue
        if is_whiteout(status):
            yield Change(kind="D", path=entry_path)
            continue
        _, lower, below = look_up(stack, name)
        yield Change(kind="A" if lower is None and name not in hidden else "C", path=entry_path)
        if stat.S_ISDIR(status.st_mode):
            yield from _below(_entries, directory, name, entry_path, below)
    for name in hidden:
        if name not in names:
            yield Change(kind="D", path=f"{path}/{name}")


def _differences(directory: int, path: str, stack: list[str]) -> Iterator[Change]:
    _check_depth(path)
    names = set(os.listdir(directory))
    for name in sorted(names.union(list_names(stack))):
        entry_path = f"{path}/{name}"
        lower_path, lower, below = look_up(stack, name)
        status = _status(directory, name) if name in names else None
        if status is None:
            yield Change(kind="D", path=entry_path)
            continue
        inner = list(_below(_differences, directory, name, entry_path, below)) if stat.S_ISDIR(status.st_mode) else []
        if lower is None:
            yield Change(kind="A", path=entry_path)
        elif inner or _is_changed(directory, name, status, lower_path, lower):
            yield Change(kind="C", path=entry_path)
        yield from inner


def _status(directory: int, name: str) -> os.stat_result | None:
    """Return the status of a name; None if the container has just removed it."""
    try:
        return os.lstat(name, dir_fd=directory)
    except FileNotFoundError:
        return None


def _below(
    compare: Callable[[int, str, list[str]], Iterator[Change]], directory: int, name: str, path: str, stack: list[str]
) -> Iterator[Change]:
    """Yield the changes in a directory; none if the container has just replaced or removed it."""
    try:
        below = os.open(name, _DIRECTORY, dir_fd=directory)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise
        return
    try:
        yield from compare(below, path, stack)
    finally:
        os.close(below)


def _is_changed(directory: int, name: str, status: os.stat_result, lower_path: str, lower: os.stat_result) -> bool:
    """Return whether a copy differs from the file it was copied from; equal size and mtime are taken for equal content."""
    kind = stat.S_IFMT(status.st_mode)
    if (status.st_mode, status.st_uid, status.st_gid) != (lower.st_mode, lower.st_uid, lower.st_gid):
        return True
    if kind == stat.S_IFDIR:
        return False
    if kind == stat.S_IFLNK:
        return os.readlink(name, dir_fd=directory) != os.readlink(lower_path)
    return (status.st_size, status.st_mtime_ns, status.st_rdev) != (lower.st_size, lower.st_mtime_ns, lower.st_rdev)
