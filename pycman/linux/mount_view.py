"""A directory as a mount namespace of its own shows it: with more mounted below it, and nothing of that for others.

A child process holds the namespace; when it ends, or this process is killed, the kernel takes the mounts away.
"""

from __future__ import annotations

import os

from pycman.contexts import contextmanager
from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.processes import close_all_but
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ViewMount(Record):
    """`source` (a host path) bound at `target`, a path inside the view; missing targets are made below its root."""

    source: str
    target: str
    read_only: bool = False


@contextmanager
def private_view(root: str, mounts: Sequence[ViewMount]) -> Iterator[int]:
    """Give an O_PATH descriptor of `root` with `mounts` in place, in order. Raises MountFailed."""
    here_read, there_write = os.pipe()
    there_read, here_write = os.pipe()
    child = os.fork()
    if child == 0:
        _hold(root, mounts, there_write, there_read)
    os.close(there_write)
    os.close(there_read)
    view = -1
    try:
        answer = _read_all(here_read)
        if answer != b"ok":
            raise MountFailed(answer.decode("utf-8", "replace") or "the view could not be made", subject=root)
        view = os.open(f"/proc/{child}/root{os.path.abspath(root)}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        yield view
    finally:
        if view >= 0:
            os.close(view)
        os.close(here_read)
        os.close(here_write)  # the child sees the end and goes, and with it its namespace
        os.waitpid(child, 0)


def _read_all(descriptor: int) -> bytes:
    found = b""
    while data := os.read(descriptor, 4096):
        found += data
    return found


def _hold(root: str, mounts: Sequence[ViewMount], answer: int, until: int) -> None:
    """Be the child: mount, answer, wait, end. Nothing else of this process is touched; it never returns."""
    try:
        close_all_but(answer, until)
        try:
            syscalls.unshare(syscalls.CLONE_NEWNS)
            syscalls.mount("", "/", "", syscalls.MS_SLAVE | syscalls.MS_REC)
            for mount in mounts:
                _bind(root, mount)
            os.write(answer, b"ok")
        except OSError as error:
            os.write(answer, f"{error.filename or error}: {error.strerror}".encode("utf-8", "replace"))
        os.close(answer)
        os.read(until, 1)
    finally:
        os._exit(0)


def _bind(root: str, mount: ViewMount) -> None:
    top = os.open(root, os.O_PATH | os.O_DIRECTORY)
    directory = os.path.isdir(mount.source)
    try:
        target = syscalls.openat2(top, mount.target.lstrip("/"), os.O_PATH)
    except FileNotFoundError:
        target = make_below(top, mount.target, directory=directory)
    place = f"/proc/self/fd/{target}"
    syscalls.mount(mount.source, place, "", syscalls.MS_BIND | syscalls.MS_REC)
    if mount.read_only:
        mounted = syscalls.openat2(top, mount.target.lstrip("/"), os.O_PATH)
        flags = syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY
        syscalls.mount("", f"/proc/self/fd/{mounted}", "", flags)


def make_below(top: int, path: str, *, directory: bool) -> int:
    """Make what is missing of `path` below the descriptor `top` and return an O_PATH descriptor of it.

    The last part is made as a directory or an empty file. Links are followed inside `top` only.
    """
    parts = [part for part in path.split("/") if part]
    here = os.dup(top)
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        walked = "/".join(parts[: number + 1])
        try:
            below = syscalls.openat2(top, walked, os.O_PATH)
        except FileNotFoundError:
            if is_last and not directory:
                os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=here))
            else:
                os.mkdir(part, 0o755, dir_fd=here)
            below = syscalls.openat2(top, walked, os.O_PATH | os.O_NOFOLLOW)
        os.close(here)
        here = below
    return here
