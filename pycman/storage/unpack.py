"""Unpack a tar into a directory. Its names are untrusted, so every file is made through a `tree.Tree`, which no name can leave."""

from __future__ import annotations

import errno
import os
import stat

from pycman.contexts import suppress
from pycman.errors import Corrupt, NoSpace, PycmanError, Unsupported, from_os_error
from pycman.linux.attributes import dress, dress_opened, exactly, set_attribute
from pycman.storage.entries import Opaque, Place, Skip, Whiteout, place, split
from pycman.storage.merged_view import ENGINES_OWN
from pycman.storage.ownership import Owners
from pycman.storage.skipped import Skipped
from pycman.storage.tar_stream import TarStream
from pycman.storage.tree import DIRECTORY, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pycman.digest import Readable
    from pycman.spec.id_map import IdMap
    from pycman.storage.tar_headers import Entry

NO_LIMIT = 1 << 62
_TIME_LIMIT_NS = 1 << 62
_MAY_FAIL = (errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.EINVAL, errno.ERANGE, errno.E2BIG, errno.ENOSPC)
"""Errors for an attribute that the file system does not support: tmpfs has few, ext4 has one block for all of a file."""
_NO_PLACE = (errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOENT, errno.EMLINK)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class OverlayStyle:
    """Whiteouts in the tar become those of overlayfs: character devices 0:0 and an "opaque" attribute.

    Where neither may be made (without privileges, or where the store itself lies on an overlay), no kernel overlay can be mounted
    either: the marks are then fuse-overlayfs's files, which the driver "copies" knows, too.
    """

    whiteouts = True

    def __init__(self, *, rootless: bool) -> None:
        self._attribute = "user.overlay.opaque" if rootless else "trusted.overlay.opaque"

    def hide(self, parent: int, name: str) -> None:
        """Hide `name` from the layers below."""
        try:
            os.mknod(name, stat.S_IFCHR, 0, dir_fd=parent)
        except PermissionError:
            _make_mark(parent, f".wh.{name}")

    def make_opaque(self, directory: int) -> None:
        """Hide the content of a directory in the layers below. Raises Unsupported if the file system has no such attributes."""
        try:
            set_attribute(directory, self._attribute, b"y")
        except OSError as error:
            if error.errno == errno.EPERM:
                _make_mark(directory, ".wh..wh..opq")
                return
            if error.errno != errno.ENOTSUP:
                raise
            raise Unsupported(
                f"the store's file system keeps no {self._attribute.partition('.')[0]} attributes",
                subject="opaque directory",
                hint="put the store (--root) on ext4, xfs or btrfs",
            ) from error


def _make_mark(directory: int, name: str) -> None:
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=directory))


class PlainStyle:
    """No whiteouts: ".wh." names are ordinary ones (cp, volume import)."""

    whiteouts = False

    def hide(self, parent: int, name: str) -> None:
        """Do nothing: without whiteouts it is never called."""

    def make_opaque(self, directory: int) -> None:
        """Do nothing: there are no layers below."""


_MOST_KEPT_BYTES = 64 << 20
"""Most memory for the times of a layer's directories while it is unpacked: enough for a few hundred thousand directories."""
_KEPT_BYTES = 200
"""Memory for one directory besides its name."""


class Unpacked:
    """The result: `size_bytes` of all files, number of `entries`, and the `skipped` entries with the reasons."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.entries = 0
        self.skipped = Skipped()


def unpack_tar(
    source: Readable,
    directory: int,
    *,
    style: OverlayStyle | PlainStyle,
    id_map: IdMap | None = None,
    rootless: bool = False,
    keep_ids: bool = True,
    owner: tuple[int, int] | None = None,
    overwrite_kinds: bool = True,
    limit_bytes: int = NO_LIMIT,
    renames: Mapping[str, str] | None = None,
) -> Unpacked:
    """Unpack a plain tar stream below the descriptor `directory`, which is left half filled after an error.

    `id_map` translates owners; with `owner` all files belong to that one, with `keep_ids` False to this process's user. Device nodes are skipped when
    `rootless`. `overwrite_kinds` False refuses to replace a directory by a file or the other way round; `limit_bytes`
    bounds the bytes written; `renames` has other names for entries, and for directories above them. Raises Corrupt (truncated, damaged, or leaving the directory), NoSpace, InvalidInput (an
    owner that is not mapped).
    """
    owners = Owners(id_map, rootless=rootless, fixed=owner) if keep_ids or owner is not None else None
    run = _Unpacking(TarStream(source), directory, style, owners, limit_bytes)
    run.rootless, run.overwrite_kinds = rootless, overwrite_kinds
    run.renames = renames or {}
    try:
        run.all()
    finally:
        run.tree.close()
    return run.result


class _Unpacking:
    rootless = False
    overwrite_kinds = True
    renames: Mapping[str, str] = {}

    def __init__(
        self, tar: TarStream, top: int, style: OverlayStyle | PlainStyle, owners: Owners | None, limit_bytes: int
    ) -> None:
        self._tar = tar
        self._top = top
        self._style = style
        self._owners = owners
        self._limit = limit_bytes
        self._written = 0
        self._times: dict[tuple[str, str], int] = {}
        self._kept_bytes = 0
        self.tree = Tree(top, self._own_implied, style.make_opaque)
        self.result = Unpacked()

    def all(self) -> None:
        """Unpack everything; the times of directories are set last, because making files in them changes these."""
        for entry in self._tar:
            self.result.entries += 1
            try:
                name = self._renamed(entry.name) if self.renames else entry.name
                self._apply(entry, place(name, whiteouts=self._style.whiteouts))
            except OSError as error:
                raise self._entry_error(error, entry) from error
        for (parent, name), time_ns in self._times.items():
            with suppress(OSError):
                if name:
                    dress(name, self.tree.directory(parent), times_ns=(time_ns, time_ns))
                else:
                    dress_opened(self._top, times_ns=(time_ns, time_ns))

    def _renamed(self, name: str) -> str:
        """Return the name under which an entry is made."""
        plain = name.removeprefix("./").rstrip("/")
        for old, new in self.renames.items():
            if plain == old or plain.startswith(f"{old}/"):
                return new + plain[len(old) :]
        return name

    def _entry_error(self, error: OSError, entry: Entry) -> PycmanError:
        if error.errno in _NO_PLACE:
            return Corrupt(f"the entry cannot be made in its layer: {error.strerror}", subject=entry.name)
        if error.errno == errno.EFBIG:
            return Unsupported(f"a file of {entry.size} bytes is too large for this file system", subject=entry.name)
        return from_os_error(error, subject=entry.name, doing="cannot unpack")

    def _own_implied(self, descriptor: int) -> None:
        if self._owners is not None:
            self._owners.give(descriptor, 0, 0, "a directory that no entry names")

    def _apply(self, entry: Entry, where: Place | Whiteout | Opaque | Skip) -> None:
        if isinstance(where, Place):
            if where.name:
                self._make(entry, where.parent, where.name)
            elif entry.kind == "directory":
                self._dress(self._top, entry)
                self._times["", ""] = _time(entry)
            else:
                raise Corrupt("an entry other than a directory in place of the top", subject=entry.name)
        elif isinstance(where, Whiteout):
            self._hide(where)
        elif isinstance(where, Opaque):
            self._style.make_opaque(self.tree.directory(where.parent))
        else:
            self.result.skipped.add(f"{entry.name}: {where.why}")

    def _hide(self, where: Whiteout) -> None:
        """Hide a name of lower layers. A file of this layer with that name hides them already, a directory if it is opaque."""
        parent = self.tree.directory(where.parent)
        try:
            status = os.lstat(where.name, dir_fd=parent)
        except FileNotFoundError:
            self._style.hide(parent, where.name)
            return
        if stat.S_ISDIR(status.st_mode):
            self._style.make_opaque(self.tree.directory(f"{where.parent}/{where.name}".lstrip("/")))

    def _make(self, entry: Entry, above: str, name: str) -> None:
        kind = entry.kind
        parent = self.tree.directory(above)
        if kind == "file":
            self._file(entry, parent, name)
        elif kind == "directory":
            self.tree.make_directory(parent, name, overwrite_kinds=self.overwrite_kinds)
            descriptor = os.open(name, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            try:
                self._dress(descriptor, entry)
            finally:
                os.close(descriptor)
            self._keep_time(above, name, _time(entry))
        elif kind == "symlink":
            self._retrying(parent, name, lambda: os.symlink(entry.linkname, name, dir_fd=parent))
            self._dress_made(parent, name, entry, stat.S_IFLNK)
        elif kind == "hardlink":
            self._hard_link(entry, parent, name)
        elif kind:
            self._node(entry, parent, name)
        else:
            self.result.skipped.add(f"{entry.name}: type {entry.type.decode('latin-1')!r} is not known")

    def _keep_time(self, above: str, name: str, time_ns: int) -> None:
        self._kept_bytes += len(above) + len(name) + _KEPT_BYTES
        if self._kept_bytes > _MOST_KEPT_BYTES:
            raise Unsupported("the archive has too many directories", subject=f"{above}/{name}"[-80:])
        self._times[above, name] = time_ns

    def _retrying(self, parent: int, name: str, make: Callable[[], None]) -> None:
        """Call `make`; if the name exists already, remove it and call `make` again."""
        try:
            make()
        except FileExistsError:
            self.tree.clear(parent, name, overwrite_kinds=self.overwrite_kinds)
            make()

    def _file(self, entry: Entry, parent: int, name: str) -> None:
        self._written += entry.stored_bytes
        if self._written > self._limit:
            raise NoSpace(f"it would unpack to more than {self._limit} bytes", subject=entry.name)
        try:
            descriptor = os.open(name, _NEW, 0o600, dir_fd=parent)
        except FileExistsError:
            self.tree.clear(parent, name, overwrite_kinds=self.overwrite_kinds)
            descriptor = os.open(name, _NEW, 0o600, dir_fd=parent)
        try:
            if entry.sparse is not None:
                self._sparse(entry, descriptor)
            else:
                while piece := self._tar.take():
                    _write(descriptor, piece)
            self._dress(descriptor, entry)
            time_ns = _time(entry)
            dress_opened(descriptor, times_ns=(time_ns, time_ns))
        finally:
            os.close(descriptor)
        self.result.size_bytes += entry.size

    def _sparse(self, entry: Entry, descriptor: int) -> None:
        for offset, length in entry.sparse or ():
            os.lseek(descriptor, offset, os.SEEK_SET)
            left = length
            while left:
                piece = self._tar.take(left)
                _write(descriptor, piece)
                left -= len(piece)
        os.ftruncate(descriptor, entry.size)

    def _dress(self, descriptor: int, entry: Entry) -> None:
        """Set owner, mode and attributes, in this order: setting the owner clears set-id bits and capabilities."""
        if self._owners is not None:
            self._owners.give(descriptor, entry.uid, entry.gid, entry.name)
        os.fchmod(descriptor, entry.mode)
        for name, value in entry.xattrs.items():
            self._attribute(descriptor, name, value, entry)

    def _dress_made(self, parent: int, name: str, entry: Entry, kind: int) -> None:
        """Set owner, mode, attributes and time of the link or node of `kind` that was just made, without following links."""
        with exactly(name, parent) as descriptor:
            if stat.S_IFMT(os.fstat(descriptor).st_mode) != kind:
                raise Corrupt("it was replaced while it was unpacked", subject=entry.name)
            if self._owners is not None:
                self._owners.give(descriptor, entry.uid, entry.gid, entry.name)
            dress_opened(descriptor, mode=entry.mode)
            for key, value in entry.xattrs.items():
                self._attribute(descriptor, key, value, entry)
            time_ns = _time(entry)
            dress_opened(descriptor, times_ns=(time_ns, time_ns))

    def _attribute(self, descriptor: int, name: str, value: bytes, entry: Entry) -> None:
        if name.startswith(ENGINES_OWN) or name == "security.selinux":
            return  # a label of the image's maker means nothing to this host's policy
        try:
            set_attribute(descriptor, name, value)
        except OSError as error:
            if error.errno not in _MAY_FAIL:
                raise
            self.result.skipped.add(f"{entry.name}: attribute {name}: {error.strerror}")

    def _hard_link(self, entry: Entry, parent: int, name: str) -> None:
        parts = split(self._renamed(entry.linkname) if self.renames else entry.linkname)
        missing = f"a hard link to {entry.linkname!r}, which is not in this layer"
        if not parts:
            raise Corrupt("a hard link to nothing", subject=entry.name)
        last = parts.pop()
        try:
            source = self.tree.existing("/".join(parts))
        except OSError as error:
            raise Corrupt(missing, subject=entry.name) from error
        try:
            if not stat.S_ISDIR(os.lstat(last, dir_fd=source).st_mode):
                same = _same(source, last, parent, name)
                if not same:
                    self._retrying(
                        parent,
                        name,
                        lambda: os.link(last, name, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False),
                    )
                return
        except FileNotFoundError as error:
            raise Corrupt(missing, subject=entry.name) from error
        finally:
            os.close(source)
        raise Corrupt(f"a hard link to {entry.linkname!r}, which is a directory", subject=entry.name)

    def _node(self, entry: Entry, parent: int, name: str) -> None:
        mode = {"fifo": stat.S_IFIFO, "char": stat.S_IFCHR}.get(entry.kind, stat.S_IFBLK)
        if entry.kind == "fifo":
            self._retrying(parent, name, lambda: os.mkfifo(name, 0o600, dir_fd=parent))
        elif self.rootless:
            self.result.skipped.add(f"{entry.name}: an ordinary user cannot make device nodes")
            return
        else:
            device = os.makedev(entry.major & 0xFFFF_FFFF, entry.minor & 0xFFFF_FFFF)
            try:
                self._retrying(parent, name, lambda: os.mknod(name, mode | 0o600, device, dir_fd=parent))
            except PermissionError:
                self.result.skipped.add(f"{entry.name}: device nodes cannot be made here")
                return
        self._dress_made(parent, name, entry, mode)


def _same(source: int, last: str, parent: int, name: str) -> bool:
    """Return whether both names are the same file already: clearing the name first would remove the link's own source."""
    try:
        present = os.lstat(name, dir_fd=parent)
    except FileNotFoundError:
        return False
    target = os.lstat(last, dir_fd=source)
    return (present.st_ino, present.st_dev) == (target.st_ino, target.st_dev)


def _write(descriptor: int, piece: memoryview) -> None:
    while piece:
        piece = piece[os.write(descriptor, piece) :]


def _time(entry: Entry) -> int:
    return max(-_TIME_LIMIT_NS, min(entry.mtime_ns, _TIME_LIMIT_NS))
