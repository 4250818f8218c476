"""Files that survive a crash, locks that the kernel releases when their holder dies, and removal of trees (open(2), flock(2))."""

from __future__ import annotations

import _thread
import errno
import fcntl
import os
import time

from pycman.contexts import contextmanager, suppress
from pycman.errors import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_UNFINISHED = ".tmp"


def write_atomic(path: str, data: bytes | str, *, mode: int = 0o644, sync: bool = True) -> None:
    """Replace the file `path` so that readers see the old or the new content; the new one also after a loss of power if `sync`."""
    content = data.encode() if isinstance(data, str) else data
    temporary = f"{path}.{_thread.get_native_id()}{_UNFINISHED}"  # two threads may write the same file
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fchmod(descriptor, mode)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    if sync:
        sync_directory(os.path.dirname(path))


def remove_unfinished(folder: str, start: str = "") -> None:
    """Remove what killed writers left in a folder (`write_atomic`) of files whose names begin with `start`.

    The caller holds the lock under which these files are written.
    """
    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            if name.startswith(start) and name.endswith(_UNFINISHED):
                with suppress(FileNotFoundError):
                    os.unlink(f"{folder}/{name}")


def sync_directory(path: str) -> None:
    """Write the entries of a directory to disk (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_data(path: str) -> None:
    """Write what is in a file, of whoever wrote it, to disk (fdatasync(2))."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: str) -> None:
    """Write the files of a directory, and its entries, to disk; directories in it are left out."""
    with os.scandir(folder) as entries:
        files = [entry.path for entry in entries if entry.is_file(follow_symlinks=False)]
    for path in files:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync_directory(folder)


def read_text(path: str, default: str = "") -> str:
    """Return a whole small file as text; `default` if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return default


def descriptor_path(descriptor: int, name: str = "") -> str:
    """Return a path to the file that a descriptor of this process has open, or to `name` in that directory (proc(5)).

    For calls that take only a path: the file cannot be replaced by another one meanwhile. Other processes need `shared_path`.
    """
    return f"/proc/self/fd/{descriptor}/{name}" if name else f"/proc/self/fd/{descriptor}"


@contextmanager
def socket_path(path: str) -> Iterator[str]:
    """Yield a short path of the socket `path`, by a descriptor of its folder: sun_path has room for 107 bytes (unix(7))."""
    folder, name = os.path.split(path)
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor_path(descriptor, name)
    finally:
        os.close(descriptor)


def shared_path(descriptor: int) -> str:
    """Return `descriptor_path` in a form that is valid in other processes, such as children, while this process lives."""
    return f"/proc/{os.getpid()}/fd/{descriptor}"


def allocate_beyond_end(path: str, size: int) -> None:
    """Allocate space for a file to grow to `size` bytes, without making it longer (FALLOC_FL_KEEP_SIZE, fallocate(2)). Raises OSError."""
    from pycman.linux.libc import libc_call  # once for a file

    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        libc_call("fallocate", descriptor, 1, 0, size, target=path)
    finally:
        os.close(descriptor)


def share_range(path: str, start: int, length: int) -> int:
    """Return a descriptor of a file that holds a read lock on a range of it, also against locks of this process (F_OFD_SETLK, fcntl_locking(2)).

    Raises OSError, BlockingIOError if another holds a write lock on some of it.
    """
    import struct  # no other lock needs it

    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, start, length, 0))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def locked(path: str, *, shared: bool = False, timeout_s: float = -1, subject: str = "") -> Iterator[None]:
    """Hold the lock file `path` (flock, close-on-exec). Raises TimedOut after `timeout_s` seconds."""
    descriptor = take_lock(path, shared=shared, timeout_s=timeout_s, subject=subject)
    try:
        yield
    finally:
        os.close(descriptor)


def take_lock(path: str, *, shared: bool = False, timeout_s: float = -1, subject: str = "") -> int:
    """Lock the file `path` and return its descriptor; closing it releases the lock. A timeout of 0 only tries.

    The holder of the lock may unlink the file: a waiter that gets a lock on a file no longer at `path` starts again.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    deadline = time.monotonic() + timeout_s
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if timeout_s < 0:
                fcntl.flock(descriptor, kind)
            else:
                _lock_until(descriptor, kind, deadline, subject or path)
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock_until(descriptor: int, kind: int, deadline: float, subject: str) -> None:
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            if time.monotonic() >= deadline:
                raise TimedOut("another command is working on it", subject=subject) from None
            time.sleep(0.003)
        else:
            return


def _is_at(descriptor: int, path: str) -> bool:
    try:
        at_path = os.stat(path)
    except FileNotFoundError:
        return False
    opened = os.fstat(descriptor)
    return (at_path.st_ino, at_path.st_dev) == (opened.st_ino, opened.st_dev)


def make_directory(path: str, mode: int = 0o755, *, by_umask: bool = False) -> None:
    """Create a directory with `mode`, and its missing parents with 0755. An existing directory is left as it is.

    With `by_umask` the caller's umask is taken away from the modes, which is for directories of the caller's own, outside of the store.
    """
    make = os.mkdir if by_umask else make_one_directory
    try:
        make(path, mode)
    except FileExistsError:
        return
    except FileNotFoundError:
        make_directory(os.path.dirname(path), by_umask=by_umask)
        with suppress(FileExistsError):
            make(path, mode)


def make_one_directory(name: str, mode: int, directory: int | None = None) -> None:
    """Create a directory (in `directory`, if given) with `mode` whatever the umask is, which mkdir(2) takes away from it: the caller of
    pycman may have one of 077, and what a container sees of the directory must not depend on that.

    Raises FileExistsError and other OSErrors of mkdir(2).
    """
    os.mkdir(name, mode, dir_fd=directory)
    if mode & 0o077:
        descriptor = os.open(name, _OPEN_DIRECTORY, dir_fd=directory)
        try:
            given = os.fstat(descriptor).st_mode & 0o7777
            if mode & ~given:
                os.fchmod(descriptor, given | mode)  # set-group-id of the directory above stays
        finally:
            os.close(descriptor)


def remove_tree(path: str) -> None:
    """Remove the file or directory tree at `path`, however deep; do nothing if it does not exist.

    Directories without permission bits are given them first. Symbolic links are not followed. Raises OSError (EBUSY) for a mount
    point below `path`.
    In a directory that a container can change, use `remove_below`.
    """
    above, name = os.path.split(path.rstrip("/"))
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):
            raise
    else:
        return
    try:
        parent = os.open(above or ".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        remove_below(parent, name)
    finally:
        os.close(parent)


def remove_below(directory: int, name: str) -> None:
    """Remove what bears `name` in a directory, which may be an O_PATH descriptor; otherwise as `remove_tree`."""
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):
            raise
        _empty(directory, name)
        with suppress(FileNotFoundError):
            os.rmdir(name, dir_fd=directory)


_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEPTH = 64
"""Directories open at a time. Deeper ones are first moved up: containers can create trees deeper than the limit of descriptors."""


def _empty(parent: int, name: str) -> None:
    try:
        descriptor = _open_directory(parent, name)
    except FileNotFoundError:
        return
    try:
        todo = _unlink_files(descriptor)
        while todo:
            todo += _remove_directory(descriptor, todo.pop())
    finally:
        os.close(descriptor)


def _open_directory(above: int, name: str) -> int:
    """Open a directory to empty it, but never a file system mounted there (openat2(2), RESOLVE_NO_XDEV)."""
    from pycman.linux.syscalls import (  # only for commands that remove directories
        RESOLVE_NO_XDEV,
        openat2,
    )

    try:
        try:
            return openat2(above, name, _OPEN_DIRECTORY, resolve=RESOLVE_NO_XDEV)
        except PermissionError:
            from pycman.linux.attributes import dress  # only for directories that their owner may not list

            dress(name, above, mode=0o700)
            return openat2(above, name, _OPEN_DIRECTORY, resolve=RESOLVE_NO_XDEV)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        raise OSError(errno.EBUSY, "a file system is mounted there", name) from error


def _unlink_files(directory: int) -> list[str]:
    """Remove everything in a directory except directories; return the names of those."""
    with os.scandir(directory) as entries:
        names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in names:
        if not is_directory:
            with suppress(FileNotFoundError):
                try:
                    os.unlink(name, dir_fd=directory)
                except PermissionError:
                    os.fchmod(directory, 0o700)
                    os.unlink(name, dir_fd=directory)
    return [name for name, is_directory in names if is_directory]


def _remove_directory(top: int, first: str) -> list[str]:
    """Remove the directory `first` in `top`; return the names in `top` to which trees that were too deep have been moved."""
    moved: list[str] = []
    levels: list[
        tuple[int, str, int, list[str]]
    ] = []  # (descriptor of its parent, name, descriptor, names of directories left in it)
    _descend(levels, top, first)
    try:
        while levels:
            above, name, directory, names = levels[-1]
            if not names:
                _remove_empty(above, name)
                levels.pop()
                os.close(directory)
            elif len(levels) < _DEPTH:
                _descend(levels, directory, names.pop())
            else:
                moved.append(f".{os.urandom(8).hex()}")
                os.rename(names.pop(), moved[-1], src_dir_fd=directory, dst_dir_fd=top)
    finally:
        for _, _, directory, _ in levels:
            os.close(directory)
    return moved


def _descend(levels: list[tuple[int, str, int, list[str]]], above: int, name: str) -> None:
    with suppress(OSError):
        os.rmdir(name, dir_fd=above)  # most directories of a container are empty
        return
    try:
        directory = _open_directory(above, name)
    except FileNotFoundError:
        return
    try:
        levels.append((above, name, directory, _unlink_files(directory)))
    except BaseException:
        os.close(directory)
        raise


def _remove_empty(above: int, name: str) -> None:
    with suppress(FileNotFoundError):
        try:
            os.rmdir(name, dir_fd=above)
        except PermissionError:
            os.fchmod(above, 0o700)
            os.rmdir(name, dir_fd=above)
