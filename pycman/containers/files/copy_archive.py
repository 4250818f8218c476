"""A file or tree of a container as a tar stream (`cp CONTAINER:PATH -`), read through descriptors only."""

from __future__ import annotations

import os
import stat
import tarfile

from pycman.containers.files.copy_rules import refuse_too_deep
from pycman.linux.attributes import get_attributes, open_regular
from pycman.spec.id_map import IdMap, unmap_id
from pycman.storage.skipped import Skipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_XATTR = "SCHILY.xattr."
_ENGINES_OWN = ("trusted.overlay.", "user.overlay.")


class ArchiveCopy:
    """Writes entries to a tar (PAX); owners are those seen inside. `skipped` says what was left out and why."""

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

    def entry(self, directory: int, name: str, path: str) -> None:
        """Write `name` of an open directory as `path`, with all below it."""
        found = os.lstat(name, dir_fd=directory)
        if stat.S_ISSOCK(found.st_mode):
            self.skipped.add(f"{path}: a socket")
        elif stat.S_ISDIR(found.st_mode):
            below = os.open(name, _DIRECTORY, dir_fd=directory)
            try:
                self.opened(below, found, path)
            finally:
                os.close(below)
        elif stat.S_ISREG(found.st_mode):
            file = open_regular(name, directory)
            try:
                self.opened(file, os.fstat(file), path)
            finally:
                os.close(file)
        else:
            member = self._member(found, path)
            if stat.S_ISLNK(found.st_mode):
                member.type, member.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=directory)
            self._tar.addfile(member)
            self.files += 1

    def opened(self, descriptor: int, found: os.stat_result, path: str) -> None:
        """Write an open file or directory as `path`, with all below it."""
        member = self._member(found, path)
        member.pax_headers = _attributes(descriptor)
        if not stat.S_ISDIR(found.st_mode):
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
        """Write what is in an open directory, below `path`."""
        refuse_too_deep(path)
        with os.scandir(directory) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            self.entry(directory, name, f"{path}/{name}")

    def _member(self, found: os.stat_result, path: str) -> tarfile.TarInfo:
        member = tarfile.TarInfo(path)
        member.mode = stat.S_IMODE(found.st_mode)
        member.mtime = found.st_mtime_ns // 10**9
        member.uid = unmap_id(self._map.uids, found.st_uid) or 0
        member.gid = unmap_id(self._map.gids, found.st_gid) or 0
        kind = stat.S_IFMT(found.st_mode)
        if kind == stat.S_IFREG:
            member.size = found.st_size
            first = self._links.setdefault((found.st_dev, found.st_ino), path) if found.st_nlink > 1 else path
            if first != path:
                member.type, member.linkname, member.size = tarfile.LNKTYPE, first, 0
        elif kind == stat.S_IFDIR:
            member.type = tarfile.DIRTYPE
        elif kind == stat.S_IFIFO:
            member.type = tarfile.FIFOTYPE
        elif kind in (stat.S_IFCHR, stat.S_IFBLK):
            member.type = tarfile.CHRTYPE if kind == stat.S_IFCHR else tarfile.BLKTYPE
            member.devmajor, member.devminor = os.major(found.st_rdev), os.minor(found.st_rdev)
        return member


def _attributes(descriptor: int) -> dict[str, str]:
    return {
        _XATTR + name: value.decode("utf-8", "surrogateescape")
        for name, value in get_attributes(descriptor).items()
        if not name.startswith(_ENGINES_OWN) and name != "security.selinux"
    }
