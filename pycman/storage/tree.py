"""A directory tree that is being filled with somebody else's names: no step leaves it, whatever links lie in it.

Parents are opened with openat2(RESOLVE_IN_ROOT): links inside the tree are followed inside the tree, whoever swaps them
meanwhile. Names are made with *at() calls that follow nothing.
"""

from __future__ import annotations

import os
import stat

from pycman.errors import InvalidInput
from pycman.linux.files import remove_below
from pycman.linux.syscalls import openat2
from pycman.storage.merged_view import is_whiteout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_KEPT = 64
"""Open directories kept: a tar goes back and forth between few."""


class Tree:
    """Directories and names below the descriptor `top`, which stays the caller's. Close it.

    `made` is called with the descriptor of each directory that had to be made because no entry had named it.
    """

    def __init__(self, top: int, made: Callable[[int], None], make_opaque: Callable[[int], None]) -> None:
        self._top = top
        self._made = made
        self._make_opaque = make_opaque
        self._open: dict[str, int] = {}
        self._stale = False  # a directory or link went: paths may lead elsewhere now

    def directory(self, path: str) -> int:
        """Return a descriptor of a directory, made if missing. It is valid until the next call of this method."""
        if self._stale or len(self._open) >= _KEPT:
            self.close()
        found = self._open.get(path)
        if found is not None:
            return found
        try:
            descriptor = openat2(self._top, path or ".", DIRECTORY)
        except (FileNotFoundError, NotADirectoryError):
            self._make_parents(path)
            descriptor = openat2(self._top, path, DIRECTORY)
        self._open[path] = descriptor
        return descriptor

    def existing(self, path: str) -> int:
        """Return a new descriptor of a directory that must be there. Raises OSError."""
        return openat2(self._top, path or ".", DIRECTORY)

    def _make_parents(self, path: str) -> None:
        above = ""
        for part in path.split("/"):
            parent = openat2(self._top, above or ".", DIRECTORY)
            try:
                try:
                    os.mkdir(part, 0o755, dir_fd=parent)
                except FileExistsError:
                    if not is_whiteout(os.lstat(part, dir_fd=parent)):
                        continue
                    self.make_directory(parent, part)
                descriptor = os.open(part, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
                try:
                    os.fchmod(descriptor, 0o755)
                    self._made(descriptor)
                finally:
                    os.close(descriptor)
            finally:
                os.close(parent)
                above = f"{above}/{part}" if above else part

    def make_directory(self, parent: int, name: str, *, overwrite_kinds: bool = True) -> None:
        """Make a directory, or leave the one that is there. One in place of a whiteout hides what lower layers have.

        `overwrite_kinds` False raises InvalidInput where something else is.
        """
        try:
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:
            found = os.lstat(name, dir_fd=parent)
            if stat.S_ISDIR(found.st_mode):
                return
            if not overwrite_kinds:
                raise InvalidInput("cannot overwrite a file with a directory", subject=name) from None
            self.clear(parent, name)
            os.mkdir(name, 0o700, dir_fd=parent)
            if is_whiteout(found):
                descriptor = os.open(name, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
                try:
                    self._make_opaque(descriptor)
                finally:
                    os.close(descriptor)

    def clear(self, parent: int, name: str, *, overwrite_kinds: bool = True) -> None:
        """Take away what bears a name. `overwrite_kinds` False keeps a directory (InvalidInput)."""
        mode = os.lstat(name, dir_fd=parent).st_mode
        self._stale = self._stale or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
        if not stat.S_ISDIR(mode):
            os.unlink(name, dir_fd=parent)
            return
        if not overwrite_kinds:
            raise InvalidInput("cannot overwrite a directory with something else", subject=name)
        remove_below(parent, name)

    def close(self) -> None:
        """Close all directories."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()
        self._stale = False
