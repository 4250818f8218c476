"""A directory tree that is filled with untrusted names: no operation leaves the tree, whatever links are in it.

Parents are opened with openat2(RESOLVE_IN_ROOT): links inside the tree are followed inside the tree, even if another process
replaces them at the same time. Names are made with *at() calls that follow no links.
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
"""How many directories are kept open: the entries of a tar alternate between few of them."""


class Tree:
    """Directories and names below the descriptor `top`. The caller must call `close`, and close `top` itself.

    `made` is called with the descriptor of each directory that was made because no entry had named it.
    """

    def __init__(self, top: int, made: Callable[[int], None], make_opaque: Callable[[int], None]) -> None:
        self._top = top
        self._made = made
        self._make_opaque = make_opaque
        self._open: dict[str, int] = {}
        self._stale = False  # a directory or link was removed, so that paths may lead to other directories

    def directory(self, path: str) -> int:
        """Return a descriptor of a directory, made if missing. It is valid until the next call of this method."""
        if self._stale or len(self._open) >= _KEPT:
            self.close()
        known = self._open.get(path)
        if known is not None:
            return known
        try:
            descriptor = openat2(self._top, path or ".", DIRECTORY)
        except (FileNotFoundError, NotADirectoryError):
            self._make_parents(path)
            descriptor = openat2(self._top, path, DIRECTORY)
        self._open[path] = descriptor
        return descriptor

    def existing(self, path: str) -> int:
        """Return a new descriptor of an existing directory, for the caller to close. Raises OSError."""
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
        """Make a directory, or keep the existing one. A directory that replaces a whiteout hides the content of lower layers.

        If something else has the name, replace it, or raise InvalidInput if `overwrite_kinds` is False.
        """
        try:
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:
            status = os.lstat(name, dir_fd=parent)
            if stat.S_ISDIR(status.st_mode):
                return
            if not overwrite_kinds:
                raise InvalidInput("cannot overwrite a file with a directory", subject=name) from None
            self.clear(parent, name)
            os.mkdir(name, 0o700, dir_fd=parent)
            if is_whiteout(status):
                descriptor = os.open(name, DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
                try:
                    self._make_opaque(descriptor)
                finally:
                    os.close(descriptor)

    def clear(self, parent: int, name: str, *, overwrite_kinds: bool = True) -> None:
        """Remove the file or directory called `name`. Raises InvalidInput for a directory if `overwrite_kinds` is False."""
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
