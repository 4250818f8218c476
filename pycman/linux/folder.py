"""A directory into which the engine writes files for a container, through a descriptor of it (openat2(2)).

Names may be untrusted, and a container may be changing the directory at this moment: no name leads out of it, no link is
followed, a file is complete before it gets its name, and owner and mode are set through its descriptor.
"""

from __future__ import annotations

import _thread
import errno
import os

from pycman.contexts import contextmanager, suppress
from pycman.errors import InvalidInput, PycmanError, from_os_error
from pycman.linux.attributes import reopen_regular
from pycman.linux.files import make_one_directory, remove_below
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

    Every method takes paths relative to it. Raises InvalidInput for a path that leads out of it, or through a link or
    something that is no directory; NoSpace, Denied and others for errors of the kernel.
    """

    def __init__(self, path: str, mode: int = 0o755, *, make: bool = True) -> None:
        self.path = path
        try:
            with suppress(FileExistsError):
                if make:
                    make_one_directory(path, mode)
            self._top = os.open(path, _DIRECTORY)
        except OSError as error:
            raise _path_error(error, path) from error

    def write(
        self, path: str, data: bytes | str, *, mode: int = 0o644, owner: tuple[int, int] = _SAME, sync: bool = False
    ) -> str:
        """Write `data` to `path`, replacing an existing file, and return the full path; missing directories are made (0755).

        `owner` is (uid, gid), -1 is this process's own. With `sync` the content survives a crash.
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
        """Make an empty file at `path`, replacing an existing file, and return the full path."""
        return self.write(path, b"", mode=mode)

    def create(self, path: str, mode: int = 0o600) -> BinaryIO:
        """Make an empty file at `path`, replacing an existing one, and open it for writing, unbuffered."""
        self.make_file(path, mode)
        return self.open(path, os.O_WRONLY)

    def rewrite(self, path: str, data: bytes | str) -> None:
        """Overwrite the file at `path` in place: it keeps its inode, owner and mode, because a container has it bind-mounted."""
        content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        try:
            with self.open(path, os.O_WRONLY) as file:
                os.ftruncate(file.fileno(), 0)
                _write_all(file.fileno(), content)
        except OSError as error:
            raise _path_error(error, path) from error

    def open(self, path: str, flags: int = os.O_RDONLY) -> BinaryIO:
        """Open the regular file at `path` for reading or writing (`flags`), unbuffered. Raises OSError, InvalidInput."""
        exactly = openat2(self._top, check_relative_path(path), os.O_PATH | os.O_NOFOLLOW, resolve=INSIDE)
        try:
            descriptor = reopen_regular(exactly, flags)
        finally:
            os.close(exactly)
        return open(descriptor, "wb" if flags & os.O_WRONLY else "rb", buffering=0)

    def make_directory(self, path: str, mode: int = 0o755, *, owner: tuple[int, int] = _SAME) -> str:
        """Make the directory `path` if it is missing, set its `mode` (regardless of the umask) and `owner`; return the full path."""
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
        """Make a symbolic link to `target` at `path`, replacing whatever exists there."""
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
        """Return the content of the regular file `path`, at most `limit_bytes`; None if there is no such file."""
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
        """Return the target of the symbolic link `path`, "" if it is not a link."""
        try:
            with self._parent(path) as (parent, name):
                return os.readlink(name, dir_fd=parent)
        except (OSError, PycmanError):
            return ""

    def status(self, path: str) -> os.stat_result | None:
        """Return the status of `path` (for a link, its own); None if it does not exist."""
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
        """Remove `path`, a directory with everything below it; do nothing if it does not exist."""
        with self._parent(path) as (parent, name):
            remove_below(parent, name)

    def sync(self) -> None:
        """Make the names in the folder durable."""
        os.fsync(self._top)

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        """Yield a descriptor of the parent directory of `path`, made if missing, and the last name."""
        above, _, name = check_relative_path(path).rpartition("/")
        try:
            descriptor = self._directory(above)
            try:
                yield descriptor, name
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _path_error(error, path) from error

    def _directory(self, path: str) -> int:
        descriptor = os.dup(self._top)
        for name in filter(None, path.split("/")):
            try:
                try:
                    below = openat2(descriptor, name, _DIRECTORY, resolve=INSIDE)
                except FileNotFoundError:
                    with suppress(FileExistsError):
                        make_one_directory(name, 0o755, descriptor)
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


def _path_error(error: OSError, path: str) -> PycmanError:
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.EISDIR, errno.ENOTEMPTY, errno.EINVAL):
        return InvalidInput("a link, a directory or a file is in the way", subject=path)
    return from_os_error(error, subject=path, doing="cannot write")
