"""Measure the size of a directory tree: each inode is counted once, file systems mounted below it are not."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.record import Record

_DEEPEST = 256
"""Levels of directories that are counted: a descriptor is open for each, and a real tree is not deeper."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK_BYTES = 512
"""The unit of st_blocks on every file system (stat(2))."""


class TreeUse(Record):
    """`file_bytes`: the lengths of all files; `allocated_bytes`: the disk space of all inodes, directories included."""

    file_bytes: int = 0
    allocated_bytes: int = 0
    inodes: int = 0


def tree_size(path: str) -> int:
    """Return the sum of the lengths of all files below `path`; files that vanish during the walk are not counted."""
    return tree_use(path).file_bytes


def tree_use(path: str) -> TreeUse:
    """Return the size of `path` and everything below it; zeros if it does not exist."""
    walk = _Walk()
    try:
        top = os.open(path, _DIRECTORY)
    except OSError:
        return TreeUse()
    try:
        status = os.fstat(top)
        walk.device = status.st_dev
        walk.count(status, 0)
        walk.below(top, 0)
    finally:
        os.close(top)
    return TreeUse(file_bytes=walk.lengths, allocated_bytes=walk.blocks * _BLOCK_BYTES, inodes=walk.inodes)


class _Walk:
    def __init__(self) -> None:
        self.device = 0
        self.lengths = self.blocks = self.inodes = 0
        self._seen: set[int] = set()

    def count(self, status: os.stat_result, length: int) -> None:
        self.lengths += length
        self.blocks += status.st_blocks
        self.inodes += 1

    def below(self, directory: int, depth: int) -> None:
        with os.scandir(directory) as entries:
            for entry in entries:
                with suppress(OSError):
                    self._entry(directory, entry, depth)

    def _entry(self, directory: int, entry: os.DirEntry[str], depth: int) -> None:
        status = entry.stat(follow_symlinks=False)
        if status.st_dev != self.device:
            return
        if entry.is_dir(follow_symlinks=False):
            self.count(status, 0)
            if depth < _DEEPEST:
                below = os.open(entry.name, _DIRECTORY, dir_fd=directory)
                try:
                    self.below(below, depth + 1)
                finally:
                    os.close(below)
        elif status.st_nlink == 1 or status.st_ino not in self._seen:
            if status.st_nlink > 1:
                self._seen.add(status.st_ino)
            self.count(status, status.st_size)
