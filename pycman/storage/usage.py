"""How much a directory tree takes: each inode once, file systems mounted below it left out."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.record import Record

_DEEPEST = 256
"""Levels that are counted: what lies deeper is beyond any path, and would use up descriptors."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK_BYTES = 512
"""What st_blocks counts, whatever the file system (stat(2))."""


class TreeUse(Record):
    """`file_bytes` are the lengths of all files; `allocated_bytes` what all inodes, directories too, take of the disk."""

    file_bytes: int = 0
    allocated_bytes: int = 0
    inodes: int = 0


def tree_size(path: str) -> int:
    """Return the bytes of all files below `path` as their lengths say; what vanishes meanwhile counts nothing."""
    return tree_use(path).file_bytes


def tree_use(path: str) -> TreeUse:
    """Return what `path` and all below it take; nothing if it is not there."""
    walk = _Walk()
    try:
        top = os.open(path, _DIRECTORY)
    except OSError:
        return TreeUse()
    try:
        found = os.fstat(top)
        walk.device = found.st_dev
        walk.count(found, 0)
        walk.below(top, 0)
    finally:
        os.close(top)
    return TreeUse(file_bytes=walk.lengths, allocated_bytes=walk.blocks * _BLOCK_BYTES, inodes=walk.inodes)


class _Walk:
    def __init__(self) -> None:
        self.device = 0
        self.lengths = self.blocks = self.inodes = 0
        self._seen: set[int] = set()

    def count(self, found: os.stat_result, length: int) -> None:
        self.lengths += length
        self.blocks += found.st_blocks
        self.inodes += 1

    def below(self, directory: int, depth: int) -> None:
        with os.scandir(directory) as entries:
            for entry in entries:
                with suppress(OSError):
                    self._entry(directory, entry, depth)

    def _entry(self, directory: int, entry: os.DirEntry[str], depth: int) -> None:
        found = entry.stat(follow_symlinks=False)
        if found.st_dev != self.device:
            return
        if entry.is_dir(follow_symlinks=False):
            self.count(found, 0)
            if depth < _DEEPEST:
                below = os.open(entry.name, _DIRECTORY, dir_fd=directory)
                try:
                    self.below(below, depth + 1)
                finally:
                    os.close(below)
        elif found.st_nlink == 1 or found.st_ino not in self._seen:
            if found.st_nlink > 1:
                self._seen.add(found.st_ino)
            self.count(found, found.st_size)
