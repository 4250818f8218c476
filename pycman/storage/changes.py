"""What a writable layer changed of the layers below it, as docker diff lists it."""

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
"""Levels of directories: deeper than paths that people write, and within the interpreter's stack."""


class Change(Record):
    """One changed path: `kind` A (added), C (changed) or D (deleted)."""

    kind: str
    path: str


def list_changes(upper: str, lowers: Sequence[str]) -> list[Change]:
    """Return what `upper` changes of the stack `lowers` (top first), parents first, in the order of names.

    An upper directory of the copies driver holds everything, so it is compared file by file. It is walked by
    descriptors: the container may be changing it at this moment, while layers below stay as they are.
    """
    compare = _differences if is_copy(upper) else _entries
    top = os.open(upper, _DIRECTORY)
    try:
        return list(compare(top, "", list(lowers)))
    finally:
        os.close(top)


def _check_depth(path: str) -> None:
    if path.count("/") > _DEEPEST:
        raise Unsupported(f"more than {_DEEPEST} directories in each other", subject=path[:80] + "…")


def _entries(directory: int, path: str, stack: list[str]) -> Iterator[Change]:
    _check_depth(path)
    hidden = []
    if path and is_opaque(descriptor_path(directory)):
        hidden, stack = list_names(stack), []
    names = sorted(os.listdir(directory))
    for name in names:
        where = f"{path}/{name}"
        if name.startswith(".wh."):
            if hidden_name(name):
                yield Change(kind="D", path=f"{path}/{hidden_name(name)}")
            continue
        found = _status(directory, name)
        if found is None:
            continue
        if is_whiteout(found):
            yield Change(kind="D", path=where)
            continue
        _, known, below = look_up(stack, name)
        yield Change(kind="A" if known is None and name not in hidden else "C", path=where)
        if stat.S_ISDIR(found.st_mode):
            yield from _below(_entries, directory, name, where, below)
    for name in hidden:
        if name not in names:
            yield Change(kind="D", path=f"{path}/{name}")


def _differences(directory: int, path: str, stack: list[str]) -> Iterator[Change]:
    _check_depth(path)
    names = set(os.listdir(directory))
    for name in sorted(names.union(list_names(stack))):
        where = f"{path}/{name}"
        lower_path, known, below = look_up(stack, name)
        found = _status(directory, name) if name in names else None
        if found is None:
            yield Change(kind="D", path=where)
            continue
        inner = list(_below(_differences, directory, name, where, below)) if stat.S_ISDIR(found.st_mode) else []
        if known is None:
            yield Change(kind="A", path=where)
        elif inner or _is_changed(directory, name, found, lower_path, known):
            yield Change(kind="C", path=where)
        yield from inner


def _status(directory: int, name: str) -> os.stat_result | None:
    """Return the status of a name; None if the container has removed it meanwhile."""
    try:
        return os.lstat(name, dir_fd=directory)
    except FileNotFoundError:
        return None


def _below(
    compare: Callable[[int, str, list[str]], Iterator[Change]], directory: int, name: str, path: str, stack: list[str]
) -> Iterator[Change]:
    """Give the changes in a directory; none if it is no directory any more."""
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


def _is_changed(directory: int, name: str, found: os.stat_result, lower_path: str, known: os.stat_result) -> bool:
    """Say whether a copy differs from what it was copied from; times tell of content."""
    kind = stat.S_IFMT(found.st_mode)
    if (found.st_mode, found.st_uid, found.st_gid) != (known.st_mode, known.st_uid, known.st_gid):
        return True
    if kind == stat.S_IFDIR:
        return False
    if kind == stat.S_IFLNK:
        return os.readlink(name, dir_fd=directory) != os.readlink(lower_path)
    return (found.st_size, found.st_mtime_ns, found.st_rdev) != (known.st_size, known.st_mtime_ns, known.st_rdev)
