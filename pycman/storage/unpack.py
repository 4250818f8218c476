"""A tar into a directory: somebody else's bytes, so every step goes through descriptors that cannot leave it.

Parents are opened with openat2(RESOLVE_IN_ROOT): links inside the tree are followed inside the tree, whoever swaps them.
Names are made with *at() calls that follow nothing. Directory times are set last, children would change them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tarfile

from pycman.errors import Corrupt, InvalidInput, NoSpace, PycmanError, from_os_error
from pycman.linux.files import remove_tree
from pycman.linux.syscalls import openat2
from pycman.spec.id_map import IdMap, map_id
from pycman.storage.archive_io import buffered
from pycman.storage.entries import Opaque, Place, Skip, Whiteout, place, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Readable

NO_LIMIT = 1 << 62
_CHUNK = 1 << 18
_XATTR = "SCHILY.xattr."
_ENGINES_OWN = ("trusted.overlay.", "user.overlay.")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class OverlayStyle:
    """Whiteouts become overlayfs's own: character devices 0:0 and an "opaque" attribute."""

    whiteouts = True

    def __init__(self, *, rootless: bool) -> None:
        self._attribute = "user.overlay.opaque" if rootless else "trusted.overlay.opaque"

    def hide(self, parent: int, name: str) -> None:
        """Hide `name` from the layers below."""
        os.mknod(name, stat.S_IFCHR, 0, dir_fd=parent)

    def make_opaque(self, directory: int) -> None:
        """Hide all that the layers below have in a directory."""
        os.setxattr(directory, self._attribute, b"y")


class PlainStyle:
    """No whiteouts: their names are ordinary ones (cp, volume import)."""

    whiteouts = False

    def hide(self, parent: int, name: str) -> None:
        """Never called."""

    def make_opaque(self, directory: int) -> None:
        """Never called."""


class Unpacked:
    """What came of it: `size_bytes` of files written, `skipped` entries with the reason, `entries` in all."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self.entries = 0
        self.skipped: list[str] = []


def unpack_tar(
    source: Readable,
    directory: int,
    *,
    style: OverlayStyle | PlainStyle,
    id_map: IdMap | None = None,
    rootless: bool = False,
    keep_ids: bool = True,
    overwrite_kinds: bool = True,
    limit_bytes: int = NO_LIMIT,
) -> Unpacked:
    """Unpack a plain tar stream below the directory descriptor; on error it is left half filled.

    `id_map` moves owners; `keep_ids` False leaves all to this process's. Device nodes are skipped when `rootless`.
    `overwrite_kinds` False refuses to replace a directory by a file or the other way round.
    Raises Corrupt (truncated, damaged or escaping), NoSpace, InvalidInput (an owner that is not mapped).
    """
    run = _Unpacking(directory, style, id_map or IdMap(), rootless, keep_ids, overwrite_kinds, limit_bytes)
    try:
        with tarfile.open(fileobj=buffered(source), mode="r|", errors="surrogateescape") as archive:
            for member in archive:
                run.entry(archive, member)
        run.finish()
    except (tarfile.TarError, EOFError, OverflowError) as error:
        raise Corrupt(f"the tar is damaged: {error}") from error
    except UnicodeError as error:
        raise Corrupt(f"the tar has a name that cannot be read: {error}") from error
    finally:
        run.close()
    return run.result


class _Unpacking:
    def __init__(
        self,
        top: int,
        style: OverlayStyle | PlainStyle,
        id_map: IdMap,
        rootless: bool,
        keep_ids: bool,
        overwrite_kinds: bool,
        limit_bytes: int,
    ) -> None:
        self._top = top
        self._style = style
        self._map = id_map
        self._rootless = rootless
        self._keep_ids = keep_ids
        self._overwrite_kinds = overwrite_kinds
        self._limit = limit_bytes
        self._parent = -1
        self._parent_path = "\0"
        self._directories: list[tuple[str, float]] = []
        self.result = Unpacked()

    def entry(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self.result.entries += 1
        where = place(member.name, whiteouts=self._style.whiteouts)
        try:
            if isinstance(where, Skip):
                self.result.skipped.append(f"{member.name}: {where.why}")
            elif isinstance(where, Opaque):
                self._style.make_opaque(self._directory(where.parent))
            elif isinstance(where, Whiteout):
                self._hide(where)
            elif not where.name:
                self._dress(self._top, member)
                self._directories.append(("", member.mtime))
            else:
                self._make(archive, member, where)
        except OSError as error:
            raise self._readable(error, member) from error

    def _readable(self, error: OSError, member: tarfile.TarInfo) -> PycmanError:
        if error.errno == errno.EINVAL and self._rootless:
            return InvalidInput(
                f"its owner {member.uid}:{member.gid} is not among this user's ids",
                subject=member.name,
                hint="give the user a larger range in /etc/subuid and /etc/subgid",
            )
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.EISDIR, errno.ENAMETOOLONG):
            return Corrupt(f"the entry has no place in its layer: {error.strerror}", subject=member.name)
        return from_os_error(error, subject=member.name, doing="cannot unpack")

    # -- places -----------------------------------------------------------------------------------------------------

    def _directory(self, path: str) -> int:
        """Return a descriptor of a directory below the top, made if missing; kept until another one is asked for."""
        if path == self._parent_path:
            return self._parent
        self._forget_parent()
        if not path:
            self._parent = os.dup(self._top)
        else:
            try:
                self._parent = openat2(self._top, path, _DIRECTORY)
            except FileNotFoundError:
                self._make_parents(path)
                self._parent = openat2(self._top, path, _DIRECTORY)
        self._parent_path = path
        return self._parent

    def _make_parents(self, path: str) -> None:
        above = ""
        for part in path.split("/"):
            parent = openat2(self._top, above or ".", _DIRECTORY)
            try:
                os.mkdir(part, 0o755, dir_fd=parent)
                if self._map.uids and self._keep_ids:
                    os.chown(part, self._id("uids", 0), self._id("gids", 0), dir_fd=parent, follow_symlinks=False)
            except FileExistsError:
                pass
            finally:
                os.close(parent)
            above = f"{above}/{part}" if above else part

    def _forget_parent(self) -> None:
        if self._parent >= 0:
            os.close(self._parent)
        self._parent = -1
        self._parent_path = "\0"

    def _clear(self, parent: int, name: str, *, for_directory: bool) -> bool:
        """Make room for an entry; True if a directory is there that may stay."""
        try:
            found = os.lstat(name, dir_fd=parent)
        except FileNotFoundError:
            return False
        is_directory = stat.S_ISDIR(found.st_mode)
        if is_directory and for_directory:
            return True
        if not self._overwrite_kinds and is_directory != for_directory:
            kind = "a directory" if is_directory else "no directory"
            raise InvalidInput(f"cannot overwrite it: it is {kind}", subject=name)
        if is_directory:
            remove_tree(f"/proc/self/fd/{parent}/{name}")
        else:
            os.unlink(name, dir_fd=parent)
        return False

    # -- entries ----------------------------------------------------------------------------------------------------

    def _hide(self, where: Whiteout) -> None:
        parent = self._directory(where.parent)
        self._clear(parent, where.name, for_directory=False)
        self._style.hide(parent, where.name)

    def _make(self, archive: tarfile.TarFile, member: tarfile.TarInfo, where: Place) -> None:
        parent, name = self._directory(where.parent), where.name
        stays = self._clear(parent, name, for_directory=member.isdir())
        if member.isreg() or member.type in (tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE):
            self._file(archive, member, parent, name)
        elif member.isdir():
            if not stays:
                os.mkdir(name, 0o700, dir_fd=parent)
            descriptor = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            try:
                self._dress(descriptor, member)
            finally:
                os.close(descriptor)
            path = f"{where.parent}/{name}" if where.parent else name
            self._directories.append((path, member.mtime))
        elif member.issym():
            os.symlink(member.linkname, name, dir_fd=parent)
            self._own_link(parent, name, member)
        elif member.islnk():
            self._hard_link(member, parent, name)
        elif member.isfifo() or member.ischr() or member.isblk():
            self._node(member, parent, name)
        else:
            self.result.skipped.append(f"{member.name}: type {member.type!r} is not known")

    def _file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, parent: int, name: str) -> None:
        self.result.size_bytes += member.size
        if self.result.size_bytes > self._limit:
            raise NoSpace(f"it would unpack to more than {self._limit} bytes", subject=member.name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=parent)
        try:
            content = archive.extractfile(member)
            if content is not None and member.size:
                if member.sparse is not None:
                    _copy_sparse(content, descriptor, member)
                else:
                    _copy(content, descriptor, member)
            self._dress(descriptor, member)
            os.utime(descriptor, ns=(int(member.mtime * 1e9), int(member.mtime * 1e9)))
        finally:
            os.close(descriptor)

    def _dress(self, descriptor: int, member: tarfile.TarInfo) -> None:
        """Owner first (it clears set-id bits and capabilities), then mode, then attributes."""
        if self._keep_ids:
            uid, gid = self._id("uids", member.uid), self._id("gids", member.gid)
            if uid or gid or self._map.uids or self._rootless:
                os.fchown(descriptor, uid, gid)
        os.fchmod(descriptor, stat.S_IMODE(member.mode))
        for key, value in member.pax_headers.items():
            if key.startswith(_XATTR):
                self._attribute(descriptor, key[len(_XATTR) :], value, member)

    def _attribute(self, descriptor: int, name: str, value: str, member: tarfile.TarInfo) -> None:
        if name.startswith(_ENGINES_OWN):
            return
        try:
            os.setxattr(descriptor, name, value.encode("utf-8", "surrogateescape"))
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.EINVAL):
                raise
            self.result.skipped.append(f"{member.name}: attribute {name}: {error.strerror}")

    def _own_link(self, parent: int, name: str, member: tarfile.TarInfo) -> None:
        if self._keep_ids:
            uid, gid = self._id("uids", member.uid), self._id("gids", member.gid)
            if uid or gid:
                os.chown(name, uid, gid, dir_fd=parent, follow_symlinks=False)
        time_ns = int(member.mtime * 1e9)
        os.utime(name, ns=(time_ns, time_ns), dir_fd=parent, follow_symlinks=False)

    def _hard_link(self, member: tarfile.TarInfo, parent: int, name: str) -> None:
        parts = split(member.linkname)
        if not parts:
            raise Corrupt("a hard link to nothing", subject=member.name)
        try:
            source = openat2(self._top, "/".join(parts[:-1]) or ".", _DIRECTORY)
        except OSError as error:
            raise Corrupt(f"a hard link to {member.linkname}, which is not there", subject=member.name) from error
        try:
            os.link(parts[-1], name, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)
        except (FileNotFoundError, PermissionError) as error:
            raise Corrupt(f"a hard link to {member.linkname}, which is not there", subject=member.name) from error
        finally:
            os.close(source)

    def _node(self, member: tarfile.TarInfo, parent: int, name: str) -> None:
        mode = stat.S_IMODE(member.mode)
        if member.isfifo():
            os.mkfifo(name, mode, dir_fd=parent)
        elif self._rootless:
            self.result.skipped.append(f"{member.name}: an ordinary user cannot make device nodes")
            return
        else:
            kind = stat.S_IFCHR if member.ischr() else stat.S_IFBLK
            os.mknod(name, kind | mode, os.makedev(member.devmajor, member.devminor), dir_fd=parent)
        if self._keep_ids:
            os.chown(
                name, self._id("uids", member.uid), self._id("gids", member.gid), dir_fd=parent, follow_symlinks=False
            )
        os.chmod(name, mode, dir_fd=parent)

    def _id(self, which: str, inside: int) -> int:
        ranges = self._map.uids if which == "uids" else self._map.gids
        if not ranges:
            return inside
        outside = map_id(ranges, inside)
        if outside is None:
            raise InvalidInput(
                f"an owner with id {inside} is not mapped in the container's user namespace",
                subject=f"--userns ({which})",
                hint=f"map at least {inside + 1} ids, for example --userns=auto:size={inside + 1}",
            )
        return outside

    # -- the end ----------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Set the times of directories, deepest first."""
        for path, mtime in reversed(self._directories):
            with contextlib.suppress(OSError):
                descriptor = openat2(self._top, path or ".", _DIRECTORY)
                try:
                    os.utime(descriptor, ns=(int(mtime * 1e9), int(mtime * 1e9)))
                finally:
                    os.close(descriptor)

    def close(self) -> None:
        self._forget_parent()


def _copy(content: object, descriptor: int, member: tarfile.TarInfo) -> None:
    left = member.size
    while left:
        data = content.read(min(left, _CHUNK))  # type: ignore[attr-defined]
        if not data:
            raise Corrupt("the tar ends in the middle of a file", subject=member.name)
        left -= len(data)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]


def _copy_sparse(content: object, descriptor: int, member: tarfile.TarInfo) -> None:
    for offset, size in member.sparse or ():  # type: ignore[attr-defined]
        content.seek(offset)  # type: ignore[attr-defined]
        os.lseek(descriptor, offset, os.SEEK_SET)
        left = size
        while left:
            data = content.read(min(left, _CHUNK))  # type: ignore[attr-defined]
            if not data:
                raise Corrupt("the tar ends in the middle of a sparse file", subject=member.name)
            os.write(descriptor, data)
            left -= len(data)
    os.ftruncate(descriptor, member.size)
