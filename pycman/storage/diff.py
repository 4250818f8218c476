"""What a writable layer changed: as a list (docker diff) and as a deterministic layer tar (image-spec, layer.md)."""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile

from pycman.record import Record
from pycman.spec.id_map import IdMap, unmap_id
from pycman.storage.archive_io import HashingWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pycman.storage.archive_io import Writable

_XATTR = "SCHILY.xattr."
_ENGINES_OWN = ("trusted.overlay.", "user.overlay.")
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Change(Record):
    """One changed path: `kind` A (added), C (changed) or D (deleted)."""

    kind: str
    path: str


def is_whiteout(found: os.stat_result) -> bool:
    """Say whether it is overlayfs's mark of a deleted name: a character device 0:0."""
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def is_opaque(path: str) -> bool:
    """Say whether a directory hides all that lower layers have in it."""
    for name in _OPAQUE:
        with contextlib.suppress(OSError):
            if os.getxattr(path, name, follow_symlinks=False) == b"y":
                return True
    return False


def list_changes(upper: str, lowers: Sequence[str]) -> list[Change]:
    """Return what `upper` changes of the stack `lowers` (top first), parents first, in the order of names."""
    changes: list[Change] = []
    _compare(upper, "", lowers, changes)
    return changes


def _compare(upper: str, path: str, lowers: Sequence[str], changes: list[Change]) -> None:
    names = sorted(os.listdir(f"{upper}{path}"))
    hides = is_opaque(f"{upper}{path}") if path else False
    below = () if hides else lowers
    for name in names:
        where = f"{path}/{name}"
        found = os.lstat(f"{upper}{where}")
        if is_whiteout(found):
            changes.append(Change(kind="D", path=where))
            continue
        known = in_lowers(below, where)
        changes.append(Change(kind="C" if known else "A", path=where))
        if stat.S_ISDIR(found.st_mode):
            _compare(upper, where, below, changes)
    if hides:
        gone = {name for lower in lowers for name in _names(f"{lower}{path}")} - set(names)
        changes.extend(Change(kind="D", path=f"{path}/{name}") for name in sorted(gone))


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []


def in_lowers(lowers: Sequence[str], path: str) -> bool:
    """Say whether a stack of layers (top first) shows `path`, whiteouts and opaque directories considered."""
    parts = path.strip("/").split("/")
    for lower in lowers:
        here = lower
        for part in parts:
            here = f"{here}/{part}"
            try:
                found = os.lstat(here)
            except OSError:
                break
            if is_whiteout(found):
                return False
            if here == f"{lower}{path}":
                return True
            if not stat.S_ISDIR(found.st_mode):
                return False
            if is_opaque(here) and not os.path.lexists(f"{lower}{path}"):
                return False
    return False


def write_diff_tar(upper: str, output: Writable, *, id_map: IdMap | None = None) -> tuple[str, int]:
    """Write a layer of what `upper` holds and return (diff id, bytes). Whiteouts and opaque marks become names."""
    return _write(upper, output, id_map or IdMap(), whiteouts=True)


def write_tree_tar(root: str, output: Writable, *, id_map: IdMap | None = None) -> tuple[str, int]:
    """Write everything below `root` (export); overlay's own marks are not looked for."""
    return _write(root, output, id_map or IdMap(), whiteouts=False)


def _write(top: str, output: Writable, id_map: IdMap, *, whiteouts: bool) -> tuple[str, int]:
    writer = HashingWriter(output)
    links: dict[tuple[int, int], str] = {}
    descriptor = os.open(top, _DIRECTORY)
    try:
        with tarfile.open(fileobj=writer, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 18) as archive:  # type: ignore[call-overload]
            for member, directory, name in _members(descriptor, "", id_map, links, whiteouts):
                if member.isreg() and member.size:
                    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
                    with open(file, "rb", buffering=0) as content:
                        archive.addfile(member, content)
                else:
                    archive.addfile(member)
    finally:
        os.close(descriptor)
    return writer.digest, writer.written_bytes


def _members(
    directory: int, path: str, id_map: IdMap, links: dict[tuple[int, int], str], whiteouts: bool
) -> Iterator[tuple[tarfile.TarInfo, int, str]]:
    """Give each entry below a directory in the order of names, parents first, with where to read it."""
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        found = os.lstat(name, dir_fd=directory)
        where = f"{path}{name}"
        if whiteouts and is_whiteout(found):
            yield _mark(f"{path}.wh.{name}"), directory, name
            continue
        if stat.S_ISSOCK(found.st_mode):
            continue
        member = _member(directory, name, where, found, id_map, links)
        yield member, directory, name
        if stat.S_ISDIR(found.st_mode):
            below = os.open(name, _DIRECTORY, dir_fd=directory)
            try:
                if whiteouts and is_opaque(f"/proc/self/fd/{below}/."):
                    yield _mark(f"{where}/.wh..wh..opq"), below, ""
                yield from _members(below, f"{where}/", id_map, links, whiteouts)
            finally:
                os.close(below)


def _mark(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode = 0o600
    return member


def _member(
    directory: int, name: str, where: str, found: os.stat_result, id_map: IdMap, links: dict[tuple[int, int], str]
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(where)
    member.mode = stat.S_IMODE(found.st_mode)
    member.uid = unmap_id(id_map.uids, found.st_uid) or 0
    member.gid = unmap_id(id_map.gids, found.st_gid) or 0
    member.mtime = found.st_mtime_ns // 10**9
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        member.type = tarfile.DIRTYPE
    elif kind == stat.S_IFLNK:
        member.type = tarfile.SYMTYPE
        member.linkname = os.readlink(name, dir_fd=directory)
    elif kind in (stat.S_IFCHR, stat.S_IFBLK):
        member.type = tarfile.CHRTYPE if kind == stat.S_IFCHR else tarfile.BLKTYPE
        member.devmajor, member.devminor = os.major(found.st_rdev), os.minor(found.st_rdev)
    elif kind == stat.S_IFIFO:
        member.type = tarfile.FIFOTYPE
    else:
        member.size = found.st_size
        first = links.setdefault((found.st_dev, found.st_ino), where) if found.st_nlink > 1 else where
        if first != where:
            member.type, member.linkname, member.size = tarfile.LNKTYPE, first, 0
    if kind in (stat.S_IFDIR, stat.S_IFREG) and member.type != tarfile.LNKTYPE:
        member.pax_headers.update(_attributes(f"/proc/self/fd/{directory}/{name}"))
    return member


def _attributes(path: str) -> dict[str, str]:
    found = {}
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return {}
    for name in sorted(names):
        if not name.startswith(_ENGINES_OWN) and name != "security.selinux":
            with contextlib.suppress(OSError):
                value = os.getxattr(path, name, follow_symlinks=False)
                found[_XATTR + name] = value.decode("utf-8", "surrogateescape")
    return found
