"""Write a file or tree of a container as a tar stream (`cp CONTAINER:PATH -`), reading through descriptors only."""

from __future__ import annotations

import os
import stat
import tarfile

from pycman.containers.files.copy_rules import refuse_too_deep
from pycman.linux.attributes import get_attributes, open_regular
from pycman.spec.id_map import IdMap, unmap_id
from pycman.storage.merged_view import is_content
from pycman.storage.skipped import Skipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_XATTR = "SCHILY.xattr."


class ArchiveCopy:
    """Writes entries to a tar (PAX); owners are ids inside the container. `skipped` lists left-out entries with the reason."""

    def __init__(self, output: BinaryIO, id_map: IdMap) -> None:
        self._tar = tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 18)  # noqa: SIM115
        self._map = id_map
        self._links: dict[tuple[int, int], str] = {}
        self.files = 0
        self.size_bytes = 0
        self.skipped = Skipped()

    def close(self) -> None:
        """Write the end of the archive."""
        self._tar.close()

    def abandon(self) -> None:
        """Write no more, after an error; tarfile's stream writes its buffer when it is freed."""
        if self._tar.fileobj is not None:
            self._tar.fileobj.closed = True  # type: ignore[attr-defined]

    def entry(self, directory: int, name: str, path: str) -> None:
        """Write the entry `name` of an open directory as `path`, with everything below it."""
        status = os.lstat(name, dir_fd=directory)
        if stat.S_ISSOCK(status.st_mode):
            self.skipped.add(f"{path}: a socket")
        elif stat.S_ISDIR(status.st_mode):
            below = os.open(name, _DIRECTORY, dir_fd=directory)
            try:
                self.opened(below, status, path)
            finally:
                os.close(below)
        elif stat.S_ISREG(status.st_mode):
            file = open_regular(name, directory)
            try:
                self.opened(file, os.fstat(file), path)
            finally:
                os.close(file)
        else:
            member = self._member(status, path)
            if stat.S_ISLNK(status.st_mode):
                member.type, member.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=directory)
            self._tar.addfile(member)
            self.files += 1

    def opened(self, descriptor: int, status: os.stat_result, path: str) -> None:
        """Write an open file or directory as `path`, with everything below it."""
        member = self._member(status, path)
        member.pax_headers = _attributes(descriptor)
        if not stat.S_ISDIR(status.st_mode):
            self.files += 1
            if member.islnk():
                self._tar.addfile(member)
                return
            with open(descriptor, "rb", buffering=0, closefd=False) as content:
                self._tar.addfile(member, content)
            self.size_bytes += member.size
            return
        self._tar.addfile(member)
        self.contents(descriptor, path)

    def contents(self, directory: int, path: str) -> None:
        """Write the content of an open directory, below `path`."""
        refuse_too_deep(path)
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            self.entry(directory, name, f"{path}/{name}")

    def _member(self, status: os.stat_result, path: str) -> tarfile.TarInfo:
        member = tarfile.TarInfo(path)
        member.mode = stat.S_IMODE(status.st_mode)
        member.mtime = status.st_mtime_ns // 10**9
        member.uid = unmap_id(self._map.uids, status.st_uid) or 0
        member.gid = unmap_id(self._map.gids, status.st_gid) or 0
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFREG:
            member.size = status.st_size
            first = self._links.setdefault((status.st_dev, status.st_ino), path) if status.st_nlink > 1 else path
            if first != path:
                member.type, member.linkname, member.size = tarfile.LNKTYPE, first, 0
        elif kind == stat.S_IFDIR:
            member.type = tarfile.DIRTYPE
        elif kind == stat.S_IFIFO:
            member.type = tarfile.FIFOTYPE
        elif kind in (stat.S_IFCHR, stat.S_IFBLK):
            member.type = tarfile.CHRTYPE if kind == stat.S_IFCHR else tarfile.BLKTYPE
            member.devmajor, member.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
        return member


def _attributes(descriptor: int) -> dict[str, str]:
    return {
        _XATTR + name: value.decode("utf-8", "surrogateescape")
        for name, value in get_attributes(descriptor).items()
        if is_content(name)
    }
