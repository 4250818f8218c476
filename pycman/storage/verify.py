"""Compare an unpacked layer with its blob: the tar is read again, and each entry compared with the file in the directory."""

from __future__ import annotations

import _hashlib
import os
import stat

from pycman.linux.files import descriptor_path
from pycman.linux.syscalls import openat2
from pycman.storage.entries import Opaque, Place, Whiteout, place, split
from pycman.storage.merged_view import is_opaque, is_whiteout
from pycman.storage.tar_stream import TarStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Readable
    from pycman.storage.ownership import Owners
    from pycman.storage.tar_headers import Entry

_CHUNK = 1 << 18
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_TYPES = {
    "file": stat.S_IFREG, "directory": stat.S_IFDIR, "symlink": stat.S_IFLNK, "char": stat.S_IFCHR,
    "block": stat.S_IFBLK, "fifo": stat.S_IFIFO,
}  # fmt: skip


def compare_layer(source: Readable, top: int, owners: Owners | None, *, rootless: bool) -> list[str]:
    """Return the differences between the tar and the directory descriptor `top`, one line each; none if they are equal.

    `owners` is None if ownership was not kept. Device nodes are not expected when `rootless`. Raises Corrupt if the tar
    itself is damaged.
    """
    expected = _Expected(top, rootless=rootless)
    for entry in (tar := TarStream(source)):
        expected.add(entry, tar)
    return _Comparison(top, owners, expected).all()


class _Expected:
    """The tree that a tar describes; of several entries with one name the last counts."""

    def __init__(self, top: int, *, rootless: bool) -> None:
        self._top = top
        self._rootless = rootless
        self._real: dict[str, str] = {"": ""}
        self.entries: dict[str, tuple[Entry, str]] = {}
        self.hidden: set[str] = set()
        self.opaque: set[str] = set()
        self.links: list[tuple[str, str]] = []

    def add(self, entry: Entry, tar: TarStream) -> None:
        where = place(entry.name, whiteouts=True)
        if isinstance(where, Opaque):
            self.opaque.add(self._directory(where.parent))
        elif isinstance(where, Whiteout):
            self.hidden.add(self._path(where.parent, where.name))
        elif isinstance(where, Place) and where.name:
            self._place(self._path(where.parent, where.name), entry, tar)

    def _place(self, path: str, entry: Entry, tar: TarStream) -> None:
        before = self.entries.get(path)
        if before is not None and before[0].kind == "directory" and entry.kind != "directory":
            for below in [known for known in self.entries if known.startswith(f"{path}/")]:
                del self.entries[below]
        if entry.kind == "hardlink":
            parts = split(entry.linkname)
            self.entries.pop(path, None)
            self.links.append((path, self._path("/".join(parts[:-1]), parts[-1] if parts else "")))
        elif entry.kind and not (self._rootless and entry.kind in ("char", "block")):
            self.entries[path] = entry, _digest_of(entry, tar) if entry.kind == "file" else ""

    def _path(self, parent: str, name: str) -> str:
        above = self._directory(parent)
        return f"{above}/{name}" if above else name

    def _directory(self, path: str) -> str:
        """Return the real path of a parent directory, after following links within the layer."""
        known = self._real.get(path)
        if known is None:
            try:
                descriptor = openat2(self._top, path, _DIRECTORY)
            except OSError:
                known = path  # it is missing, which _Comparison reports
            else:
                base = os.readlink(descriptor_path(self._top))
                known = os.readlink(descriptor_path(descriptor))[len(base) :].lstrip("/")
                os.close(descriptor)
            self._real[path] = known
        return known


def _digest_of(entry: Entry, tar: TarStream) -> str:
    content_hash = _hashlib.openssl_sha256()
    if entry.sparse is None:
        while piece := tar.take():
            content_hash.update(piece)
    else:
        end = 0
        for offset, length in entry.sparse:
            _hash_zeros(content_hash, offset - end)
            left = length
            while left:
                piece = tar.take(left)
                content_hash.update(piece)
                left -= len(piece)
            end = offset + length
        _hash_zeros(content_hash, entry.size - end)
    return str(content_hash.hexdigest())


def _hash_zeros(content_hash: object, count: int) -> None:
    block = bytes(_CHUNK)
    while count > 0:
        content_hash.update(block[: min(count, _CHUNK)])  # type: ignore[attr-defined]
        count -= _CHUNK


class _Comparison:
    def __init__(self, top: int, owners: Owners | None, expected: _Expected) -> None:
        self._top = top
        self._owners = owners
        self._expected = expected
        self._faults: list[str] = []

    def all(self) -> list[str]:
        """Compare everything and return the differences."""
        expected = self._expected
        for path, (entry, digest) in expected.entries.items():
            status = self._status(path)
            if status is None:
                self._faults.append(f"{path} is missing")
            elif stat.S_IFMT(status.st_mode) != _TYPES[entry.kind]:
                self._faults.append(f"{path} is no {entry.kind}")
            else:
                self._compare(path, status, entry, digest)
        for path, target in expected.links:
            link, other = self._status(path), self._status(target)
            if link is None or other is None or link.st_ino != other.st_ino:
                self._faults.append(f"{path} is no hard link to {target}")
        self._compare_marks()
        self._find_unexpected()
        return self._faults

    def _status(self, path: str) -> os.stat_result | None:
        above, _, name = path.rpartition("/")
        try:
            parent = openat2(self._top, above or ".", _DIRECTORY)
        except OSError:
            return None
        try:
            return os.lstat(name, dir_fd=parent)
        except OSError:
            return None
        finally:
            os.close(parent)

    def _compare(self, path: str, status: os.stat_result, entry: Entry, digest: str) -> None:
        if self._owners is not None and (status.st_uid, status.st_gid) != self._owners.outside(
            entry.uid, entry.gid, path
        ):
            self._faults.append(f"{path} has another owner")
        if entry.kind != "symlink" and stat.S_IMODE(status.st_mode) != entry.mode:
            self._faults.append(f"{path} has mode {stat.S_IMODE(status.st_mode):o} instead of {entry.mode:o}")
        if entry.kind == "file" and (status.st_size != entry.size or self._digest(path) != digest):
            self._faults.append(f"{path} has other content")
        if entry.kind == "symlink":
            parent = openat2(self._top, os.path.dirname(path) or ".", _DIRECTORY)
            if os.readlink(os.path.basename(path), dir_fd=parent) != entry.linkname:
                self._faults.append(f"{path} leads elsewhere")
            os.close(parent)

    def _digest(self, path: str) -> str:
        content_hash = _hashlib.openssl_sha256()
        try:
            descriptor = openat2(self._top, path, os.O_RDONLY | os.O_NOFOLLOW)
            with open(descriptor, "rb", buffering=0) as file:
                while data := file.read(_CHUNK):
                    content_hash.update(data)
        except OSError as error:
            return error.strerror or "unreadable"
        return str(content_hash.hexdigest())

    def _compare_marks(self) -> None:
        for path in self._expected.hidden - set(self._expected.entries):
            status = self._status(path)
            if self._status(_mark_of(path)) is not None:
                continue
            if status is None or not (is_whiteout(status) or stat.S_ISDIR(status.st_mode)):
                self._faults.append(f"{path} does not hide what is below it")
        for path in self._expected.opaque:
            if path and not is_opaque(descriptor_path(self._top, path)):
                self._faults.append(f"{path} does not hide what is below it")

    def _find_unexpected(self) -> None:
        """Report files that no entry made; a directory may have been made as the parent of an entry."""
        linked = {link for link, _ in self._expected.links}
        known = self._expected.entries.keys() | self._expected.hidden | linked
        known |= {_mark_of(path) for path in self._expected.hidden} | {
            f"{path}/.wh..wh..opq" for path in self._expected.opaque
        }
        todo = [""]
        while todo:
            above = todo.pop()
            directory = openat2(self._top, above or ".", _DIRECTORY | os.O_NOFOLLOW)
            try:
                with os.scandir(directory) as entries:
                    for entry in entries:
                        path = f"{above}/{entry.name}" if above else entry.name
                        if entry.is_dir(follow_symlinks=False):
                            todo.append(path)
                        elif path not in known:
                            self._faults.append(f"{path} is in no entry")
            finally:
                os.close(directory)


def _mark_of(path: str) -> str:
    """Return the file by which fuse-overlayfs hides a path."""
    above, slash, name = path.rpartition("/")
    return f"{above}{slash}.wh.{name}"
