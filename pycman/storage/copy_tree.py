"""Copy a directory tree with owners, modes, times, attributes, links and nodes; for the copies driver and copy-up."""

from __future__ import annotations

import errno
import os
import stat

from pycman.contexts import suppress
from pycman.errors import Unsupported
from pycman.linux.files import remove_tree
from pycman.storage.merged_view import ENGINES_OWN, is_opaque, is_whiteout

_DEEPEST = 256
"""Levels of directories: deeper than paths that people write, and within the interpreter's stack."""


def copy_tree(source: str, target: str, *, whiteouts: bool = False) -> None:
    """Copy what is in the directory `source` over what is in `target` (made if missing).

    With `whiteouts`, overlayfs's whiteouts in the source remove from the target instead.
    """
    links: dict[tuple[int, int], str] = {}
    _directory(source, target, links, whiteouts)


def _directory(source: str, target: str, links: dict[tuple[int, int], str], whiteouts: bool) -> None:
    if source.count("/") > _DEEPEST:
        raise Unsupported(f"more than {_DEEPEST} directories in each other", subject=source[:80] + "…")
    found = os.lstat(source)
    with suppress(FileExistsError):
        os.mkdir(target, 0o700)
    if whiteouts and is_opaque(source):
        for name in os.listdir(target):
            remove_tree(f"{target}/{name}")
    with os.scandir(source) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        _entry(f"{source}/{name}", f"{target}/{name}", links, whiteouts)
    copy_status(source, target, found)


def _entry(source: str, target: str, links: dict[tuple[int, int], str], whiteouts: bool) -> None:
    found = os.lstat(source)
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFDIR:
        if os.path.lexists(target) and (os.path.islink(target) or not os.path.isdir(target)):
            remove_tree(target)
        _directory(source, target, links, whiteouts)
        return
    remove_tree(target)
    if whiteouts and is_whiteout(found):
        return
    before = links.setdefault((found.st_dev, found.st_ino), target) if found.st_nlink > 1 else target
    if before != target:
        os.link(before, target, follow_symlinks=False)
        return
    if kind == stat.S_IFREG:
        _file(source, target)
    elif kind == stat.S_IFLNK:
        os.symlink(os.readlink(source), target)
    elif kind != stat.S_IFSOCK:
        os.mknod(target, found.st_mode, found.st_rdev)
    if kind != stat.S_IFSOCK:
        copy_status(source, target, found)


def _file(source: str, target: str) -> None:
    with open(source, "rb", buffering=0) as read, open(target, "xb", buffering=0) as write:
        copy_content(read.fileno(), write.fileno())


def copy_content(source: int, target: int) -> None:
    """Copy all bytes from one descriptor to another, in the kernel (and as a reflink) where it can be."""
    try:
        while os.copy_file_range(source, target, 1 << 30):
            pass
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            raise
        while os.sendfile(target, source, None, 1 << 30):  # another file system, or one without that call
            pass


def copy_status(source: str, target: str, found: os.stat_result) -> None:
    """Give `target` the owner, mode, attributes and times of `source`."""
    os.chown(target, found.st_uid, found.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(found.st_mode):
        os.chmod(target, stat.S_IMODE(found.st_mode))
    for name in os.listxattr(source, follow_symlinks=False):
        if not name.startswith(ENGINES_OWN):
            with suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name, follow_symlinks=False), follow_symlinks=False)
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)
