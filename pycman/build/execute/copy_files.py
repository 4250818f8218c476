"""Copy files of a SourceTree into a stage's root, both held by descriptors: links are copied and never followed out.

Only the target's directories are looked up through links, inside the root (an image whose /lib leads to usr/lib keeps it).
"""

from __future__ import annotations

import os
import stat

from pycman.errors import InvalidInput
from pycman.linux.attributes import dress_opened, exactly, get_attributes, open_regular, reopen_regular, set_attribute
from pycman.linux.files import remove_below
from pycman.linux.syscalls import openat2
from pycman.storage.copy_tree import copy_content
from pycman.storage.merged_view import is_content
from pycman.storage.tree import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.build.context.tree import Match, SourceTree
    from pycman.build.ignore.rules import IgnoreRules

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


class FileCopy:
    """Copies into the root `top`. `owner` is (uid, gid) for all files, None keeps the source's where `tree` keeps owners.

    `mode` makes a new mode of an old one; without `nodes` devices and FIFOs are left out. Raises OSError, InvalidInput.
    """

    def __init__(
        self,
        top: int,
        *,
        owner: tuple[int, int] | None = None,
        mode: Callable[[int, bool], int] | None = None,
        nodes: bool = True,
    ) -> None:
        self._nodes = nodes
        self._top = top
        self._owner = owner
        self._mode = mode
        self._target = Tree(top, self._own_made, lambda _directory: None)
        self._links: dict[tuple[int, int], tuple[str, str]] = {}
        self._times: dict[str, tuple[int, int]] = {}

    def close(self) -> None:
        """Set the times of the copied directories, which later files had changed, and close what is open."""
        for path, times in self._times.items():
            dress_opened(self._target.directory(path), times_ns=times)
        self._target.close()

    def is_directory(self, path: str) -> bool:
        """Say whether `path` (relative to the root) is a directory, perhaps through links."""
        try:
            os.close(openat2(self._top, path or ".", os.O_PATH | os.O_DIRECTORY))
        except OSError:
            return False
        return True

    def make_directory(self, path: str) -> None:
        """Make the directory `path` and those above it where they are missing (0755)."""
        self._target.directory(path)

    def file(self, tree: SourceTree, match: Match, target: str) -> None:
        """Copy one file to the path `target`. Raises InvalidInput if that is a directory."""
        above, _, name = target.rpartition("/")
        opened = openat2(tree.top, match.path, os.O_PATH | os.O_NOFOLLOW)
        try:
            status = os.fstat(opened)
            if stat.S_ISREG(status.st_mode):
                source = reopen_regular(opened, os.O_RDONLY)
                try:
                    self._regular(tree, source, status, above, name)
                finally:
                    os.close(source)
            else:
                self._node(tree, opened, status, above, name)
        finally:
            os.close(opened)

    def content(self, tree: SourceTree, match: Match, target: str, also: IgnoreRules | None = None) -> None:
        """Copy what is in a directory to the directory `target`, which gets the source's mode if it is made here."""
        if not self.is_directory(target):
            above = target.rpartition("/")[0]
            self._target.directory(above)
            directory = self._target.directory(target)
            self._dress(tree, directory, -1, match.status, is_directory=True)
            self._times[target] = (match.status.st_atime_ns, match.status.st_mtime_ns)
        for found in tree.walk(match.path, also):
            inner = f"{target}/{found.path}" if target else found.path
            above, _, name = inner.rpartition("/")
            status = found.status
            kind = stat.S_IFMT(status.st_mode)
            if kind == stat.S_IFDIR:
                self._directory(tree, found.directory, name, status, inner)
            elif kind == stat.S_IFREG:
                if status.st_nlink > 1 and self._link(status, above, name):
                    continue
                source = open_regular(found.name, found.directory)
                try:
                    self._regular(tree, source, os.fstat(source), above, name)
                finally:
                    os.close(source)
            elif kind != stat.S_IFSOCK:
                with exactly(found.name, found.directory) as opened:
                    self._node(tree, opened, status, above, name)

    def data(self, content: bytes, mode: int, target: str, *, time_ns: int) -> None:
        """Write a file of the Dockerfile's own (a heredoc) to the path `target`."""
        above, _, name = target.rpartition("/")
        parent = self._cleared(above, name)
        descriptor = os.open(name, _NEW, 0o600, dir_fd=parent)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            mode = self._mode(mode, False) if self._mode is not None else mode
            dress_opened(descriptor, owner=self._owner or (0, 0), mode=mode, times_ns=(time_ns, time_ns))
        finally:
            os.close(descriptor)

    def unpack(self, target: str, fill: Callable[[int, tuple[int, int] | None], object]) -> None:
        """Have `fill` unpack an archive into the directory `target`, with the owner that was asked for."""
        directory = self._target.existing(target)
        try:
            fill(directory, self._owner)
        finally:
            os.close(directory)

    def _directory(self, tree: SourceTree, source_parent: int, name: str, status: os.stat_result, inner: str) -> None:
        if not self.is_directory(inner):
            above = inner.rpartition("/")[0]
            parent = self._cleared(above, name)
            os.mkdir(name, 0o700, dir_fd=parent)
        directory = self._target.directory(inner)
        with exactly(name, source_parent) as source:
            self._dress(tree, directory, source, status, is_directory=True)
        self._times[inner] = (status.st_atime_ns, status.st_mtime_ns)

    def _regular(self, tree: SourceTree, source: int, status: os.stat_result, above: str, name: str) -> None:
        parent = self._cleared(above, name)
        written = os.open(name, _NEW, 0o600, dir_fd=parent)
        try:
            copy_content(source, written)
            self._dress(tree, written, source, status, is_directory=False)
            dress_opened(written, times_ns=(status.st_atime_ns, status.st_mtime_ns))
        finally:
            os.close(written)

    def _node(self, tree: SourceTree, opened: int, status: os.stat_result, above: str, name: str) -> None:
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFDIR:
            raise InvalidInput("it was replaced while it was copied", subject=name, hint="try again")
        if kind == stat.S_IFSOCK or (kind != stat.S_IFLNK and not self._nodes):
            return
        parent = self._cleared(above, name)
        if kind == stat.S_IFLNK:
            os.symlink(os.readlink("", dir_fd=opened), name, dir_fd=parent)
        else:
            os.mknod(name, status.st_mode, status.st_rdev, dir_fd=parent)
        with exactly(name, parent) as made:
            if stat.S_IFMT(os.fstat(made).st_mode) == kind:
                self._dress(tree, made, opened, status, is_directory=False)
                dress_opened(made, times_ns=(status.st_atime_ns, status.st_mtime_ns))

    def _cleared(self, above: str, name: str) -> int:
        """Return the directory `above` (made if missing) after removing a file called `name` from it."""
        parent = self._target.directory(above)
        try:
            found = os.lstat(name, dir_fd=parent)
        except FileNotFoundError:
            return parent
        if stat.S_ISDIR(found.st_mode):
            raise InvalidInput(
                "a file cannot take the place of a directory", subject=f"/{above}/{name}".replace("//", "/")
            )
        remove_below(parent, name)
        return parent

    def _link(self, status: os.stat_result, above: str, name: str) -> bool:
        """Make a hard link to the copy of an earlier name of the same file; False if this is its first name."""
        first = self._links.setdefault((status.st_dev, status.st_ino), (above, name))
        if first == (above, name):
            return False
        parent = self._cleared(above, name)
        source = self._target.existing(first[0])
        try:
            os.link(first[1], name, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)
        except OSError:
            return False
        finally:
            os.close(source)
        return True

    def _dress(self, tree: SourceTree, target: int, source: int, status: os.stat_result, *, is_directory: bool) -> None:
        owner = self._owner
        if owner is None:
            owner = (status.st_uid, status.st_gid) if tree.keeps_owner else (0, 0)
        mode = stat.S_IMODE(status.st_mode)
        if self._mode is not None:
            mode = self._mode(mode, is_directory)
        dress_opened(target, owner=owner, mode=mode)
        if tree.keeps_owner and source >= 0 and not stat.S_ISLNK(status.st_mode):
            for name, value in get_attributes(source).items():
                if is_content(name):
                    try:
                        set_attribute(target, name, value)
                    except OSError:
                        continue  # the file system or the user namespace does not allow it

    def _own_made(self, descriptor: int) -> None:
        if self._owner is not None:
            dress_opened(descriptor, owner=self._owner)
