"""What a path in a container is (docker's HEAD and GET of an archive), running or not."""

from __future__ import annotations

import os
import stat

from pycman.containers.files.root_view import root_view
from pycman.errors import NotFound, from_os_error
from pycman.linux.syscalls import RESOLVE_IN_ROOT, openat2
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_GO_KINDS = {
    stat.S_IFDIR: 1 << 31, stat.S_IFLNK: 1 << 27, stat.S_IFIFO: 1 << 25, stat.S_IFSOCK: 1 << 24, stat.S_IFBLK: 1 << 26,
    stat.S_IFCHR: 1 << 26 | 1 << 21,
}  # fmt: skip
_GO_BITS = {stat.S_ISUID: 1 << 23, stat.S_ISGID: 1 << 22, stat.S_ISVTX: 1 << 20}


class PathStat(Record):
    """A path. `go_mode` is Go's os.FileMode; `link_target` of a symbolic link is an absolute path in the container, else ""."""

    name: str
    size_bytes: int
    go_mode: int
    modified_at_ns: int
    link_target: str = ""


def stat_path(session: Session, name: str, path: str) -> PathStat:
    """Return what `path` of the container `name` is; a link is not followed. Raises NotFound, MountFailed."""
    inside = os.path.normpath(f"/{path}")
    with root_view(session, name) as view:
        flags = os.O_PATH | os.O_CLOEXEC | (0 if path.endswith(("/", "/.")) else os.O_NOFOLLOW)
        try:
            descriptor = openat2(view.root, inside.lstrip("/") or ".", flags, resolve=RESOLVE_IN_ROOT)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound("no such file or directory", subject=path, code="no-copy-source") from error
        except OSError as error:
            raise from_os_error(error, subject=path) from error
        try:
            found = os.fstat(descriptor)
            target = os.readlink("", dir_fd=descriptor) if stat.S_ISLNK(found.st_mode) else ""
        finally:
            os.close(descriptor)
    if target:
        target = os.path.normpath(os.path.join(os.path.dirname(inside), target))
    return PathStat(
        name=os.path.basename(inside) or "/",
        size_bytes=found.st_size,
        go_mode=go_mode(found.st_mode),
        modified_at_ns=found.st_mtime_ns,
        link_target=target,
    )


def go_mode(mode: int) -> int:
    """Return st_mode as Go's os.FileMode. Pure."""
    bits = sum(value for bit, value in _GO_BITS.items() if mode & bit)
    return _GO_KINDS.get(stat.S_IFMT(mode), 0) | bits | mode & 0o777
