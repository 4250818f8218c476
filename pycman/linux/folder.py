"""A directory into which the engine writes files for a container: below its descriptor, and nowhere else (openat2(2)).

Names may be a stranger's, and a container may be changing the directory at this moment: no name leads up, no link is
followed, a file is complete before it has its name, and owner and mode are given through its descriptor.
"""

from __future__ import annotations

import _thread
import errno
import os

from pycman.contexts import contextmanager, suppress
from pycman.errors import InvalidInput, PycmanError, from_os_error
from pycman.linux.attributes import reopen_regular
from pycman.linux.files import remove_below
from pycman.linux.syscalls import RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, openat2
from pycman.spec.relative_path import check_relative_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

INSIDE = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS
"""How every path below a folder is resolved."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_SAME = (-1, -1)


class Folder:
    """The directory at `path` (made if missing, with `mode`, unless `make` is False). Use it with `with`.

    Every method takes paths relative to it. Raises InvalidInput for one that is not below it, or that a link or
    something else than a directory stands in the way of; NoSpace, Denied and others for what the kernel says.
    """

    def __init__(self, path: str, mode: int = 0o755, *, make: bool = True) -> None:
        self.path = path
        try:
            with suppress(FileExistsError):
                if make:
                    os.mkdir(path, mode)
            self._top = os.open(path, _DIRECTORY)
        except OSError as error:
            raise _readable(error, path) from error

    def write(
        self, path: str, data: bytes | str, *, mode: int = 0o644, owner: tuple[int, int] = _SAME, sync: bool = False
    ) -> str:
        """Put `data` at `path` in place of what is there, and return the whole path; missing directories are made (0755).

        `owner` is (uid, gid), -1 is this process's own. `sync`: the content survives a crash.
        """
        content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        with self._parent(path) as (parent, name):
            temporary = f".{name[:200]}.{os.getpid()}-{_thread.get_native_id()}.tmp"
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent)
            try:
                _write_new(parent, temporary, content, mode, owner, sync=sync)
                os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=parent)
                raise
            if sync:
                os.fsync(parent)
        return f"{self.path}/{path}"

    def make_file(self, path: str, mode: int = 0o644) -> str:
        """Put an empty file at `path`, in place of what is there, and return the whole path."""
        return self.write(path, b"", mode=mode)

    def rewrite(self, path: str, data: bytes | str) -> None:
        """Put `data` into the file that is at `path`, which somebody has mounted: it keeps its inode, owner and mode."""
        content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        try:
            with self.open(path, os.O_WRONLY) as file:
                os.ftruncate(file.fileno(), 0)
                _write_all(file.fileno(), content)
        except OSError as error:
            raise _readable(error, path) from error

    def open(self, path: str, flags: int = os.O_RDONLY) -> BinaryIO:
        """Open the regular file at `path` for reading or writing (`flags`), unbuffered. Raises OSError, InvalidInput."""
        exactly = openat2(self._top, check_relative_path(path), os.O_PATH | os.O_NOFOLLOW, resolve=INSIDE)
        try:
            descriptor = reopen_regular(exactly, flags)
        finally:
            os.close(exactly)
        return open(descriptor, "wb" if flags & os.O_WRONLY else "rb", buffering=0)

    def make_directory(self, path: str, mode: int = 0o755, *, owner: tuple[int, int] = _SAME) -> str:
        """Make the directory `path`, if it is not there, give it `mode` (whatever the umask) and `owner`; return the whole path."""
        with self._parent(path) as (parent, name):
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=parent)
            descriptor = os.open(name, _DIRECTORY, dir_fd=parent)
            try:
                if owner != _SAME:
                    os.fchown(descriptor, *owner)
                os.fchmod(descriptor, mode)
            finally:
                os.close(descriptor)
        return f"{self.path}/{path}"

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link to `target` at `path`, in place of whatever is there."""
        with self._parent(path) as (parent, name):
            temporary = f".{name[:200]}.{os.urandom(4).hex()}.tmp"
            os.symlink(target, temporary, dir_fd=parent)
            try:
                try:
                    os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
                except IsADirectoryError:
                    remove_below(parent, name)
                    os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            except BaseException:
                os.unlink(temporary, dir_fd=parent)
                raise

    def read(self, path: str, limit_bytes: int = 4 << 20) -> bytes | None:
        """Return what the regular file `path` holds, at most `limit_bytes`; None if there is none such."""
        try:
            opened = self.open(path)
        except OSError:
            return None
        with opened as file:
            content = b""
            while len(content) < limit_bytes and (piece := file.read(limit_bytes - len(content))):
                content += piece
            return content

    def link_target(self, path: str) -> str:
        """Return where the symbolic link `path` leads, "" if it is none."""
        try:
            with self._parent(path) as (parent, name):
                return os.readlink(name, dir_fd=parent)
        except (OSError, PycmanError):
            return ""

    def status(self, path: str) -> os.stat_result | None:
        """Return the status of what stands at `path` (a link's own); None if nothing does."""
        try:
            descriptor = openat2(self._top, check_relative_path(path), os.O_PATH | os.O_NOFOLLOW, resolve=INSIDE)
        except OSError:
            return None
        try:
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def names(self, path: str = "") -> list[str]:
        """Return the names in the directory `path`, sorted; none if there is no such directory."""
        try:
            descriptor = openat2(self._top, check_relative_path(path) if path else ".", _DIRECTORY, resolve=INSIDE)
        except OSError:
            return []
        try:
            return sorted(os.listdir(descriptor))
        finally:
            os.close(descriptor)

    def remove(self, path: str) -> None:
        """Remove what stands at `path`, a directory with all below it; nothing there is fine."""
        with self._parent(path) as (parent, name):
            remove_below(parent, name)

    def sync(self) -> None:
        """Make the names in the folder durable."""
        os.fsync(self._top)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Give a descriptor of the directory in which `path` lies, made if missing, and the last name."""
        above, _, name = check_relative_path(path).rpartition("/")
        try:
            descriptor = self._directory(above)
            try:
                yield descriptor, name
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _readable(error, path) from error

    def _directory(self, path: str) -> int:
        descriptor = os.dup(self._top)
        for name in filter(None, path.split("/")):
            try:
                try:
                    below = openat2(descriptor, name, _DIRECTORY, resolve=INSIDE)
                except FileNotFoundError:
                    with suppress(FileExistsError):
                        os.mkdir(name, 0o755, dir_fd=descriptor)
                    below = openat2(descriptor, name, _DIRECTORY, resolve=INSIDE)
            finally:
                os.close(descriptor)
            descriptor = below
        return descriptor

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._top)


def _write_new(parent: int, name: str, content: bytes, mode: int, owner: tuple[int, int], *, sync: bool) -> None:
    descriptor = os.open(name, _NEW, 0o600, dir_fd=parent)
    try:
        _write_all(descriptor, content)
        if owner != _SAME:
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _readable(error: OSError, path: str) -> PycmanError:
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.EISDIR, errno.ENOTEMPTY, errno.EINVAL):
        return InvalidInput("a link, a directory or a file stands in the way of it", subject=path)
    return from_os_error(error, subject=path, doing="cannot write")
