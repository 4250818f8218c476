"""How much a directory tree takes: each inode once, file systems mounted below it left out."""

from __future__ import annotations

import contextlib
import os

_DEEPEST = 256
"""Levels that are counted: what lies deeper is beyond any path, and would use up descriptors."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def tree_size(path: str) -> int:
    """Return the bytes of all files below `path` as their lengths say; what vanishes meanwhile counts nothing."""
    seen: set[int] = set()
    try:
        top = os.open(path, _DIRECTORY)
    except OSError:
        return 0
    try:
        return _below(top, os.fstat(top).st_dev, seen, 0)
    finally:
        os.close(top)


def _below(directory: int, device: int, seen: set[int], depth: int) -> int:
    total = 0
    with os.scandir(directory) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if found.st_dev != device:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if depth >= _DEEPEST:
                        continue
                    below = os.open(entry.name, _DIRECTORY, dir_fd=directory)
                    try:
                        total += _below(below, device, seen, depth + 1)
                    finally:
                        os.close(below)
                elif found.st_nlink == 1:
                    total += found.st_size
                elif found.st_ino not in seen:
                    seen.add(found.st_ino)
                    total += found.st_size
    return total
