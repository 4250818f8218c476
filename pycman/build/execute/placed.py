"""Files put into a root for the time of one step, where nothing can be mounted, and taken out again.

What bears the name of a target lies aside meanwhile, in a directory of the store. Nothing runs in the root while things are put into
it or taken out of it: the step's processes are all killed before (`pycman/linux/root_process.py`). A parent directory is kept open, so
that nothing else is removed if the step has moved it or put a link in its place.
"""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack

from pycman.contexts import suppress
from pycman.errors import from_os_error
from pycman.linux.attributes import dress_opened, reopen_regular
from pycman.linux.files import descriptor_path, make_directory, remove_below, remove_tree, take_lock
from pycman.linux.folder import INSIDE
from pycman.linux.mount_view import make_below
from pycman.linux.open_below import resolved_below
from pycman.linux.syscalls import openat2
from pycman.storage.copy_tree import copy_tree

_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Placed:
    """What is placed in `root`; use it with `with`. `aside` is a new path on the same file system, for what is hidden."""

    def __init__(self, root: str, aside: str) -> None:
        self._root = root
        self._aside = aside
        self._hidden = 0
        self._exits = ExitStack()

    def __enter__(self) -> Placed:
        make_directory(self._aside, 0o700)
        self._exits.callback(remove_tree, self._aside)
        return self

    def __exit__(self, *_error: object) -> None:
        self._exits.close()

    def devices(self) -> None:
        """Make the usual devices that are missing, where that is allowed; else /dev/null is an ordinary file."""
        for name, number in _DEVICES.items():
            parent, last = self._parent(f"/dev/{name}")
            with suppress(OSError):
                if stat.S_ISCHR(os.lstat(last, dir_fd=parent).st_mode):
                    continue
            if _make_device(parent, last, os.makedev(*number)):
                self._exits.callback(_remove, parent, last)
            elif name == "null" and not _exists(parent, last):
                os.close(os.open(last, _NEW, 0o666, dir_fd=parent))
                self._exits.callback(_remove, parent, last)

    def directory(self, target: str) -> None:
        """Put an empty directory that everybody may write to at `target`."""
        parent, last = self._free(target)
        os.mkdir(last, 0o700, dir_fd=parent)
        self._exits.callback(_remove, parent, last)
        opened = os.open(last, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            os.fchmod(opened, 0o1777)
        finally:
            os.close(opened)

    def copied(self, source: str, inside: str, target: str) -> None:
        """Put a copy of the path `source`, or of `inside` below it, at `target`. Raises OSError as an error of pycman."""
        parent, last = self._free(target)
        self._exits.callback(_remove, parent, last)
        copy_into(source, inside, parent, last)

    def moved(self, source: str, target: str, lock: str) -> None:
        """Move the directory `source` to `target`, and back at the end; `lock` is held meanwhile."""
        held = take_lock(lock, subject=target)
        self._exits.callback(os.close, held)
        parent, last = self._free(target)
        try:
            os.rename(source, last, dst_dir_fd=parent)
        except OSError as error:
            raise from_os_error(error, subject=target, doing="the cache cannot be moved into the root") from error

        def back() -> None:
            with suppress(OSError):  # the step has removed it: the next one gets a new cache
                if stat.S_ISDIR(os.lstat(last, dir_fd=parent).st_mode):
                    os.rename(last, source, src_dir_fd=parent)
            _remove(parent, last)

        self._exits.callback(back)

    def _parent(self, target: str) -> tuple[int, str]:
        """Return a descriptor of the directory that `target` lies in, made if missing, and its last part."""
        above, _, last = resolved_below(self._root, target).rpartition("/")
        top = os.open(self._root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._exits.callback(os.close, top)
        parts = [part for part in above.split("/") if part]
        for number in range(len(parts)):
            path = "/".join(parts[: number + 1])
            if not _exists(top, path):
                os.close(make_below(top, path, directory=True))
                self._exits.callback(_remove_empty, top, path)
        parent = make_below(top, above, directory=True)
        self._exits.callback(os.close, parent)
        return parent, last

    def _free(self, target: str) -> tuple[int, str]:
        """Return parent and last part of `target`, with what bears that name laid aside until the end."""
        parent, last = self._parent(target)
        if _exists(parent, last):
            self._hidden += 1
            hidden = f"{self._aside}/{self._hidden}"
            os.rename(last, hidden, src_dir_fd=parent)

            def back() -> None:
                with suppress(OSError):  # the step has removed the directory it lay in
                    os.rename(hidden, last, dst_dir_fd=parent)

            self._exits.callback(back)
        return parent, last


def _exists(parent: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=parent)
    except FileNotFoundError:
        return False
    return True


def _remove(parent: int, name: str) -> None:
    with suppress(FileNotFoundError):
        remove_below(parent, name)


def _remove_empty(top: int, path: str) -> None:
    """Remove a directory that was made only to hold something, if it is still there and nothing else is in it."""
    above, _, last = path.rpartition("/")
    with suppress(OSError):
        parent = openat2(top, above or ".", os.O_PATH | os.O_DIRECTORY, resolve=INSIDE)
        try:
            os.rmdir(last, dir_fd=parent)
        finally:
            os.close(parent)


def _make_device(parent: int, name: str, number: int) -> bool:
    """Make a device that can be opened; return whether it is there."""
    try:
        os.mknod(name, stat.S_IFCHR | 0o666, number, dir_fd=parent)
    except OSError:
        return False
    try:
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, dir_fd=parent)
    except OSError as error:
        if error.errno == 6:  # ENXIO, of /dev/tty without a terminal: it works
            return True
        os.unlink(name, dir_fd=parent)  # on a file system without devices
        return False
    os.fchmod(opened, 0o666)
    os.close(opened)
    return True


def copy_into(source: str, inside: str, parent: int, name: str) -> None:
    """Copy a directory or a regular file to the new name `name` in the directory `parent`.

    It is the path `source`, or `inside` below it, with links followed inside it only. Raises NotFound and others.
    """
    try:
        opened = os.open(source, os.O_PATH | os.O_CLOEXEC)
        try:
            if inside:
                top, opened = opened, openat2(opened, inside, os.O_PATH)
                os.close(top)
            if stat.S_ISDIR(os.fstat(opened).st_mode):
                _copy_directory(opened, parent, name)
            else:
                _copy_file(opened, parent, name)
        finally:
            os.close(opened)
    except OSError as error:
        raise from_os_error(error, subject=f"{source}/{inside}" if inside else source, doing="cannot copy") from error


def _copy_directory(source: int, parent: int, name: str) -> None:
    copy_tree(descriptor_path(source), descriptor_path(parent, name))
    made = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        status = os.fstat(source)
        dress_opened(made, owner=(status.st_uid, status.st_gid), mode=stat.S_IMODE(status.st_mode))
    finally:
        os.close(made)


def _copy_file(source: int, parent: int, name: str) -> None:
    reading = reopen_regular(source, os.O_RDONLY)
    try:
        status = os.fstat(reading)
        writing = os.open(name, _NEW, 0o600, dir_fd=parent)
        try:
            offset = 0
            while sent := os.sendfile(writing, reading, offset, 1 << 24):
                offset += sent
            os.fchown(writing, status.st_uid, status.st_gid)
            os.fchmod(writing, stat.S_IMODE(status.st_mode))
        finally:
            os.close(writing)
    finally:
        os.close(reading)
