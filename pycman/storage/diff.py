"""Write a directory as a tar: a writable layer as an OCI layer (image-spec, layer.md), or a whole tree.

The result is deterministic: sorted names, whole seconds, no user names; equal trees give equal bytes with every driver.
"""

from __future__ import annotations

import os
import stat
import tarfile

from pycman.errors import Unsupported
from pycman.linux.attributes import exactly, get_attributes, open_regular
from pycman.linux.files import descriptor_path
from pycman.record import Record
from pycman.spec.id_map import IdMap, unmap_id
from pycman.storage.archive_io import HashingWriter
from pycman.storage.changes import Change, list_changes, list_differences
from pycman.storage.copies import is_copy
from pycman.storage.merged_view import hidden_name, is_content, is_opaque, is_whiteout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.storage.archive_io import Writable

__all__ = [
    "Change",
    "LayerTar",
    "list_changes",
    "write_changed_tar",
    "write_diff_tar",
    "write_layer_tar",
    "write_listed_tar",
    "write_tree_tar",
]

_XATTR = "SCHILY.xattr."
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST = 256
"""Levels of directories: more than a real image has, and few enough for the interpreter's stack."""
_SECOND_NS = 10**9


class LayerTar(Record):
    """What `write_layer_tar` wrote: bytes of the files, how many entries, and paths that a tar cannot have (sockets)."""

    size_bytes: int
    entries: int
    left_out: tuple[str, ...] = ()


def write_layer_tar(
    upper: str, output: Writable, *, lowers: Sequence[str] = (), latest_ns: int | None = None
) -> LayerTar:
    """Write the content of `upper` as `write_diff_tar` does, for a caller that hashes the bytes itself.

    `latest_ns` is the latest time that an entry gets (SOURCE_DATE_EPOCH), in ns since 1970.
    """
    changes = list_changes(upper, lowers) if is_copy(upper) else None
    writer = _Writer(output, None, whiteouts=True, changes=changes, latest_ns=latest_ns)
    writer.all(upper)
    return LayerTar(size_bytes=writer.size_bytes, entries=writer.entries, left_out=tuple(writer.left_out))


def write_changed_tar(root: str, output: Writable, lowers: Sequence[str], *, latest_ns: int | None = None) -> LayerTar:
    """Write what the whole tree `root` changes of the layers `lowers` (top first) as one layer."""
    changes = list_differences(root, lowers)
    writer = _Writer(output, None, whiteouts=True, changes=changes, latest_ns=latest_ns)
    writer.all(root)
    return LayerTar(size_bytes=writer.size_bytes, entries=writer.entries)


def write_listed_tar(upper: str, output: Writable, changes: Sequence[Change], *, id_map: IdMap | None = None) -> None:
    """Write the added and changed files among the `changes` of `upper`, without marks for deleted ones (podman's rootfs-diff.tar)."""
    present = [change for change in changes if change.kind != "D"]
    _Writer(output, id_map, whiteouts=False, changes=present).all(upper)


def write_diff_tar(
    upper: str, output: Writable, *, id_map: IdMap | None = None, lowers: Sequence[str] = ()
) -> tuple[str, int]:
    """Write the content of `upper` as a layer and return (diff id, bytes). Whiteouts and opaque marks become ".wh." entries.

    `lowers` (top first) are the layers to compare with if the copies driver made `upper`, which then contains all files.
    """
    changes = list_changes(upper, lowers) if is_copy(upper) else None
    writer = _Writer(HashingWriter(output), id_map, whiteouts=True, changes=changes)
    writer.all(upper)
    return writer.digest()


def write_tree_tar(
    root: str, output: Writable, *, id_map: IdMap | None = None, latest_ns: int | None = None
) -> tuple[str, int]:
    """Write everything below `root` (export) and return (digest, bytes); overlayfs's marks are not interpreted."""
    writer = _Writer(HashingWriter(output), id_map, whiteouts=False, latest_ns=latest_ns)
    writer.all(root)
    return writer.digest()


class _Writer:
    def __init__(
        self,
        output: Writable,
        id_map: IdMap | None,
        *,
        whiteouts: bool,
        changes: Sequence[Change] | None = None,
        latest_ns: int | None = None,
    ) -> None:
        self._output = output
        self._latest = None if latest_ns is None else latest_ns // _SECOND_NS
        self.size_bytes = 0
        self.entries = 0
        self.left_out: list[str] = []
        self._map = id_map or IdMap()
        self._whiteouts = whiteouts
        self._links: dict[tuple[int, int], str] = {}
        self._only: set[str] | None = None
        self._gone: dict[str, set[str]] = {}
        if changes is not None:
            self._only = {change.path[1:] for change in changes if change.kind != "D"}
            for change in changes:
                if change.kind == "D":
                    above, _, name = change.path[1:].rpartition("/")
                    self._gone.setdefault(above and f"{above}/", set()).add(name)

    def digest(self) -> tuple[str, int]:
        """Return digest and size of all that was written to a hashing output."""
        assert isinstance(self._output, HashingWriter)
        return self._output.digest, self._output.written_bytes

    def all(self, top: str) -> None:
        """Write everything below a directory, or only the changed paths if there is a list of changes."""
        descriptor = os.open(top, _DIRECTORY)
        try:
            with tarfile.open(  # type: ignore[call-overload]
                fileobj=self._output, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 18
            ) as archive:
                self._archive = archive
                self._below(descriptor, "")
        finally:
            os.close(descriptor)

    def _below(self, directory: int, path: str, depth: int = 0) -> None:
        """Write the entries of a directory in the order of names, parents first."""
        if depth > _DEEPEST:
            raise Unsupported(f"more than {_DEEPEST} nested directories", subject=path[:80] + "…")
        with os.scandir(directory) as entries:
            names = {entry.name for entry in entries}
        if self._only is not None:
            names = {name for name in names if f"{path}{name}" in self._only}
        gone = self._gone.get(path, set())
        for name in sorted(names | gone):
            if name in gone or self._is_gone(directory, name):
                self.entries += 1
                self._archive.addfile(_mark(f"{path}.wh.{name.removeprefix('.wh.')}"))
            elif not (self._whiteouts and name.startswith(".wh.")):
                self._entry(directory, name, path, depth)

    def _is_gone(self, directory: int, name: str) -> bool:
        if not self._whiteouts:
            return False
        if name.startswith(".wh."):
            return bool(hidden_name(name))
        return is_whiteout(os.lstat(name, dir_fd=directory))

    def _entry(self, directory: int, name: str, path: str, depth: int) -> None:
        status = os.lstat(name, dir_fd=directory)
        if stat.S_ISSOCK(status.st_mode):
            self.left_out.append(f"{path}{name}")
            return
        self.entries += 1
        member = self._member(directory, name, f"{path}{name}", status)
        if not stat.S_ISDIR(status.st_mode):
            self._write(directory, name, member)
            return
        inner = os.open(name, _DIRECTORY, dir_fd=directory)
        try:
            self._archive.addfile(member)
            if self._whiteouts and is_opaque(descriptor_path(inner, ".")):
                self._archive.addfile(_mark(f"{path}{name}/.wh..wh..opq"))
            self._below(inner, f"{path}{name}/", depth + 1)
        finally:
            os.close(inner)

    def _write(self, directory: int, name: str, member: tarfile.TarInfo) -> None:
        if not (member.isreg() and member.size):
            self._archive.addfile(member)
            return
        self.size_bytes += member.size
        descriptor = open_regular(name, directory)
        with open(descriptor, "rb", buffering=0) as file:
            self._archive.addfile(member, _Padded(file))

    def _member(self, directory: int, name: str, path: str, status: os.stat_result) -> tarfile.TarInfo:
        member = tarfile.TarInfo(path)
        member.mode = stat.S_IMODE(status.st_mode)
        member.uid = unmap_id(self._map.uids, status.st_uid) or 0
        member.gid = unmap_id(self._map.gids, status.st_gid) or 0
        member.mtime = status.st_mtime_ns // _SECOND_NS
        if self._latest is not None and member.mtime > self._latest:
            member.mtime = self._latest
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFDIR:
            member.type = tarfile.DIRTYPE
        elif kind == stat.S_IFLNK:
            member.type = tarfile.SYMTYPE
            member.linkname = os.readlink(name, dir_fd=directory)
        elif kind in (stat.S_IFCHR, stat.S_IFBLK):
            member.type = tarfile.CHRTYPE if kind == stat.S_IFCHR else tarfile.BLKTYPE
            member.devmajor, member.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
        elif kind == stat.S_IFIFO:
            member.type = tarfile.FIFOTYPE
        else:
            member.size = status.st_size
        if kind != stat.S_IFDIR and status.st_nlink > 1:
            first = self._links.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                member.type, member.linkname, member.size = tarfile.LNKTYPE, first, 0
                return member
        with exactly(name, directory) as descriptor:
            member.pax_headers = _attributes(descriptor)
        return member


def _mark(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode = 0o600
    return member


def _attributes(descriptor: int) -> dict[str, str]:
    return {
        _XATTR + name: value.decode("utf-8", "surrogateescape")
        for name, value in get_attributes(descriptor).items()
        if is_content(name)
    }


class _Padded:
    """A file that a container may truncate while it is read: missing bytes read as zeros, so that the tar stays valid."""

    def __init__(self, file: object) -> None:
        self._read = file.read  # type: ignore[attr-defined]

    def read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._read(size - len(data))
            if not piece:
                return bytes(data.ljust(size, b"\0"))
            data += piece
        return bytes(data)
