"""Copy files and trees from one directory descriptor to another.

Either side may be a container's, whose processes can replace files at any moment: only single names are opened (or paths that
openat2 keeps inside), links are copied but never followed, and only regular files are opened for reading.
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.containers.files.copy_rules import refuse_too_deep
from pycman.contexts import suppress
from pycman.errors import InvalidInput, PycmanError, from_os_error
from pycman.linux.attributes import dress_opened, exactly, get_attributes, open_regular, set_attribute
from pycman.linux.files import remove_below
from pycman.linux.syscalls import RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, openat2
from pycman.storage.copy_tree import copy_content
from pycman.storage.merged_view import is_content
from pycman.storage.skipped import Skipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class TreeCopy:
    """One copy. `owner` returns the target's (uid, gid) for a source's status; `skipped` lists left-out entries with the reason."""

    def __init__(
        self, target: int, *, owner: Callable[[os.stat_result], tuple[int, int]], overwrite: bool, nodes: bool
    ) -> None:
        self._top = target
        self._owner = owner
        self._overwrite = overwrite
        self._nodes = nodes
        self._links: dict[tuple[int, int], str] = {}
        self.files = 0
        self.size_bytes = 0
        self.skipped = Skipped()

    def entry(self, source: int, name: str, target_name: str) -> None:
        """Copy `name` of the directory `source` to `target_name` in the top directory. Raises PycmanError."""
        try:
            self._entry(source, name, self._top, target_name, target_name)
        except OSError as error:
            raise _copy_error(error, target_name) from error

    def contents(self, source: int) -> None:
        """Copy the content of the directory `source` into the top directory."""
        try:
            self._contents(source, self._top, "")
        except OSError as error:
            raise _copy_error(error, ".") from error

    def opened(self, source: int, found: os.stat_result, target_name: str) -> None:
        """Copy an open file or directory (the target of a followed link) to `target_name` in the top directory."""
        try:
            if stat.S_ISDIR(found.st_mode):
                self._directory(source, found, self._top, target_name, target_name)
            else:
                self._clear(self._top, target_name, directory=False)
                self._regular(source, found, self._top, target_name)
        except OSError as error:
            raise _copy_error(error, target_name) from error

    def _contents(self, source: int, target: int, path: str) -> None:
        refuse_too_deep(path)
        with os.scandir(source) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            self._entry(source, name, target, name, f"{path}/{name}" if path else name)

    def _entry(self, source: int, name: str, target: int, target_name: str, path: str) -> None:
        found = os.lstat(name, dir_fd=source)
        kind = stat.S_IFMT(found.st_mode)
        if kind == stat.S_IFDIR:
            below = os.open(name, _DIRECTORY, dir_fd=source)
            try:
                self._directory(below, found, target, target_name, path)
            finally:
                os.close(below)
            return
        if kind == stat.S_IFSOCK:
            self.skipped.add(f"{path}: a socket")
            return
        if kind in (stat.S_IFCHR, stat.S_IFBLK) and not self._nodes:
            self.skipped.add(f"{path}: an ordinary user cannot make device nodes")
            return
        in_place = self._clear(target, target_name, directory=False)
        if found.st_nlink > 1 and self._link(found, target, target_name, path):
            return
        if kind == stat.S_IFREG:
            file = open_regular(name, source)
            try:
                self._regular(file, os.fstat(file), target, target_name, in_place=in_place)
            finally:
                os.close(file)
            return
        if kind == stat.S_IFLNK:
            os.symlink(os.readlink(name, dir_fd=source), target_name, dir_fd=target)
        else:
            os.mknod(target_name, found.st_mode, found.st_rdev, dir_fd=target)
        self.files += 1
        self._dress(target, target_name, found)

    def _clear(self, target: int, name: str, *, directory: bool) -> bool:
        """Remove what has an entry's name; return True if that is kept instead: a directory, or a file that is a mount point."""
        try:
            found = os.lstat(name, dir_fd=target)
        except FileNotFoundError:
            return False
        is_directory = stat.S_ISDIR(found.st_mode)
        if is_directory and directory:
            return True
        if is_directory != directory and not self._overwrite:
            kind = "a directory" if is_directory else "no directory"
            raise InvalidInput(
                f"it cannot be overwritten, it is {kind}",
                subject=name,
                hint="remove it first",
                code="copy-cannot-overwrite",
                facts={"name": name},
            )
        if is_directory:
            remove_below(target, name)
            return False
        try:
            os.unlink(name, dir_fd=target)
        except OSError as error:
            if error.errno != errno.EBUSY or directory:
                raise
            return True
        return False

    def _directory(self, source: int, found: os.stat_result, target: int, name: str, path: str) -> None:
        is_kept = self._clear(target, name, directory=True)
        if not is_kept:
            os.mkdir(name, 0o700, dir_fd=target)
        below = os.open(name, _DIRECTORY, dir_fd=target)
        try:
            self._contents(source, below, path)
            if not is_kept:
                self._dress_descriptor(below, source, found)
        finally:
            os.close(below)

    def _regular(self, source: int, found: os.stat_result, target: int, name: str, *, in_place: bool = False) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise InvalidInput("it was replaced while it was copied", subject=name, hint="try again")
        flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_TRUNC if in_place else os.O_CREAT | os.O_EXCL)
        written = os.open(name, flags, 0o600, dir_fd=target)
        try:
            copy_content(source, written)
            self.size_bytes += os.fstat(written).st_size
            self.files += 1
            if not in_place:
                self._dress_descriptor(written, source, found)
        finally:
            os.close(written)

    def _dress_descriptor(self, target: int, source: int, found: os.stat_result) -> None:
        """Set owner, mode, attributes and times, in this order: setting the owner clears set-id bits and capabilities."""
        dress_opened(target, owner=self._owner(found), mode=stat.S_IMODE(found.st_mode))
        for name, value in get_attributes(source).items():
            if is_content(name):
                with suppress(OSError):  # security.* needs privileges; others are not supported by every file system
                    set_attribute(target, name, value)
        dress_opened(target, times_ns=(found.st_atime_ns, found.st_mtime_ns))

    def _dress(self, target: int, name: str, found: os.stat_result) -> None:
        """Set owner, mode and times of the link or node just made. Raises InvalidInput if the container has replaced it since."""
        with exactly(name, target) as descriptor:
            made = os.fstat(descriptor)
            if stat.S_IFMT(made.st_mode) != stat.S_IFMT(found.st_mode) or made.st_rdev != found.st_rdev:
                raise InvalidInput("it was replaced while it was copied", subject=name, hint="try again")
            dress_opened(
                descriptor,
                owner=self._owner(found),
                mode=stat.S_IMODE(found.st_mode),
                times_ns=(found.st_atime_ns, found.st_mtime_ns),
            )

    def _link(self, found: os.stat_result, target: int, name: str, path: str) -> bool:
        """Make a hard link to the copy of an earlier name of the same file; return False if this is its first name."""
        first = self._links.setdefault((found.st_dev, found.st_ino), path)
        if first == path:
            return False
        try:
            parent = openat2(
                self._top,
                os.path.dirname(first) or ".",
                os.O_PATH | os.O_DIRECTORY,
                resolve=RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
            )
        except OSError:
            return False
        try:
            os.link(os.path.basename(first), name, src_dir_fd=parent, dst_dir_fd=target, follow_symlinks=False)
        except OSError:
            return False
        finally:
            os.close(parent)
        self.files += 1
        return True


def _copy_error(error: OSError, path: str) -> PycmanError:
    if error.errno == errno.EROFS:
        return InvalidInput("the destination is mounted read-only", subject=path)
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY):
        return InvalidInput("it was replaced while it was copied", subject=path, hint="try again")
    return from_os_error(error, subject=path, doing="cannot copy")
