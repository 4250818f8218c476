"""A file that has no name before all of it is written, so that a killed command leaves nothing (open(2), O_TMPFILE; link(2))."""

from __future__ import annotations

import errno
import os

from pycman.contexts import contextmanager, suppress
from pycman.plan import crash_point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_CANNOT = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)
"""How file systems (NFS, FAT, older overlayfs) and kernels say that they make no files without a name."""


@contextmanager
def whole_file(path: str, *, mode: int = 0o666, replace: bool = True) -> Iterator[BinaryIO]:
    """Yield a new file, which replaces what is at `path` (a link, too) once the block has ended without an error.

    Not to `replace` raises FileExistsError then, or at once if something is there already.
    Where the file system makes no files without a name, it has one beside `path` until then. `mode` is subject to the umask.
    Raises OSError.
    """
    if not replace and os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    above, name = os.path.split(path)
    folder = os.open(above or ".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        temporary = f"{name[:200]}.{os.getpid()}.tmp"
        descriptor, is_named = _open_new(folder, temporary, mode)
        try:
            with open(descriptor, "wb") as file:
                yield file
                file.flush()
                crash_point("whole-file:written")
                if not is_named:
                    is_named = _give_name(descriptor, folder, name, temporary if replace else "")
            if is_named and replace:
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            elif is_named:
                os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                os.unlink(temporary, dir_fd=folder)
        except BaseException:
            if is_named:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
            raise
    finally:
        os.close(folder)


def _open_new(folder: int, temporary: str, mode: int) -> tuple[int, bool]:
    """Return a descriptor of a new file in a directory, and whether it already has the name `temporary`."""
    try:
        return os.open(".", os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, mode, dir_fd=folder), False
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_RDWR | os.O_CLOEXEC
    return os.open(temporary, flags, mode, dir_fd=folder), True


def _give_name(descriptor: int, folder: int, name: str, temporary: str) -> bool:
    """Give a file its name, or if that is taken the name `temporary` (if any); return whether it was the latter."""
    nameless = f"/proc/self/fd/{descriptor}"
    try:
        os.link(nameless, name, dst_dir_fd=folder, follow_symlinks=True)
    except FileExistsError:
        if not temporary:
            raise
        os.link(nameless, temporary, dst_dir_fd=folder, follow_symlinks=True)
        return True
    return False
