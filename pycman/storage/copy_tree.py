"""Copy a directory tree with owners, modes, times, attributes, links and nodes; for the copies driver and copy-up.

Both sides are walked by descriptors, because containers may be changing either: only single names are opened, no link is
followed, and only regular files are read.
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.contexts import suppress
from pycman.errors import Unsupported
from pycman.linux.attributes import dress_opened, exactly, get_attributes, open_regular, set_attribute
from pycman.linux.files import descriptor_path, remove_below
from pycman.linux.folder import INSIDE
from pycman.linux.syscalls import openat2
from pycman.storage.merged_view import hidden_name, is_content, is_opaque, is_whiteout

_DEEPEST = 256
"""Levels of directories: more than a real image has, and few enough for the interpreter's stack."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def copy_tree(source: str, target: str, *, whiteouts: bool = False) -> None:
    """Copy the content of the directory `source` over that of `target` (made if missing).

    With `whiteouts`, overlayfs's whiteouts in the source remove names from the target and are not copied. Raises OSError,
    Unsupported for a tree that is too deep.
    """
    with suppress(FileExistsError):
        os.mkdir(target, 0o700)
    start = os.open(source, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        top = os.open(target, _DIRECTORY)
        try:
            _TreeCopy(top, whiteouts=whiteouts).directory(start, top, "", 0)
        finally:
            os.close(top)
    finally:
        os.close(start)


class _TreeCopy:
    def __init__(self, top: int, *, whiteouts: bool) -> None:
        self._top = top
        self._whiteouts = whiteouts
        self._links: dict[tuple[int, int], str] = {}

    def directory(self, source: int, target: int, path: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise Unsupported(f"more than {_DEEPEST} nested directories", subject=path[:80] + "…")
        status = os.fstat(source)
        if self._whiteouts and is_opaque(descriptor_path(source)):
            for name in os.listdir(target):
                remove_below(target, name)
        names = sorted(os.listdir(source))
        if self._whiteouts:
            for name in [name for name in names if name.startswith(".wh.")]:  # fuse-overlayfs's marks
                names.remove(name)
                if hidden_name(name):
                    remove_below(target, hidden_name(name))
        for name in names:
            self._entry(source, target, name, f"{path}{name}", depth)
        copy_status(source, target, status)

    def _entry(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        status = os.lstat(name, dir_fd=source)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFDIR:
            self._below(source, target, name, path, depth)
            return
        remove_below(target, name)
        if (self._whiteouts and is_whiteout(status)) or kind == stat.S_IFSOCK or self._link(status, target, name, path):
            return
        if kind == stat.S_IFREG:
            _file(source, target, name)
            return
        with exactly(name, source) as descriptor:
            if kind == stat.S_IFLNK:
                os.symlink(os.readlink("", dir_fd=descriptor), name, dir_fd=target)
            else:
                os.mknod(name, status.st_mode, status.st_rdev, dir_fd=target)
            with exactly(name, target) as copy:
                if stat.S_IFMT(os.fstat(copy).st_mode) == kind:
                    copy_status(descriptor, copy, status)

    def _below(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        below = os.open(name, _DIRECTORY, dir_fd=source)
        try:
            try:
                os.mkdir(name, 0o700, dir_fd=target)
            except FileExistsError:
                if not stat.S_ISDIR(os.lstat(name, dir_fd=target).st_mode):
                    remove_below(target, name)
                    os.mkdir(name, 0o700, dir_fd=target)
            inner = os.open(name, _DIRECTORY, dir_fd=target)
            try:
                self.directory(below, inner, f"{path}/", depth + 1)
            finally:
                os.close(inner)
        finally:
            os.close(below)

    def _link(self, status: os.stat_result, target: int, name: str, path: str) -> bool:
        """Make a hard link to the copy of an earlier name of the same file; return False if this is its first name."""
        if status.st_nlink < 2:
            return False
        first = self._links.setdefault((status.st_dev, status.st_ino), path)
        if first == path:
            return False
        above, _, last = first.rpartition("/")
        parent = openat2(self._top, above or ".", os.O_PATH | os.O_DIRECTORY, resolve=INSIDE)
        try:
            os.link(last, name, src_dir_fd=parent, dst_dir_fd=target, follow_symlinks=False)
        finally:
            os.close(parent)
        return True


def _file(source: int, target: int, name: str) -> None:
    read = open_regular(name, source)
    try:
        write = os.open(name, _NEW, 0o600, dir_fd=target)
        try:
            copy_content(read, write)
            copy_status(read, write, os.fstat(read))
        finally:
            os.close(write)
    finally:
        os.close(read)


def copy_content(source: int, target: int) -> None:
    """Copy all bytes from one descriptor to another in the kernel, as a reflink where the file system supports it."""
    try:
        while os.copy_file_range(source, target, 1 << 30):
            pass
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            raise
        while os.sendfile(target, source, None, 1 << 30):  # two file systems, or one without copy_file_range(2)
            pass


def copy_status(source: int, target: int, status: os.stat_result) -> None:
    """Set owner, mode and times of the open file `target` to those of `status`, and its attributes to those of `source`."""
    dress_opened(target, owner=(status.st_uid, status.st_gid), mode=stat.S_IMODE(status.st_mode))
    for name, value in get_attributes(source).items():
        if is_content(name):
            with suppress(OSError):
                set_attribute(target, name, value)
    dress_opened(target, times_ns=(status.st_atime_ns, status.st_mtime_ns))
