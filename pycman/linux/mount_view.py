"""A directory with more mounts below it, in a mount namespace of its own, so that no other process sees those mounts.

A child process holds the namespace. When the child exits, or this process is killed, the kernel removes the mounts.
"""

from __future__ import annotations

import os

from pycman.contexts import contextmanager
from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.files import make_one_directory
from pycman.linux.processes import close_all_but
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class ViewMount(Record):
    """Bind the host path `source` at `target`, a path inside the view. A missing target is created."""

    source: str
    target: str
    read_only: bool = False


@contextmanager
def private_view(root: str, mounts: Sequence[ViewMount]) -> Iterator[int]:
    """Yield an O_PATH descriptor of `root` with `mounts` in place, mounted in their order. Raises MountFailed."""
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
            raise MountFailed(answer.decode("utf-8", "replace") or "the mounts could not be made", subject=root)
        view = os.open(f"/proc/{child}/root{os.path.abspath(root)}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        yield view
    finally:
        if view >= 0:
            os.close(view)
        os.close(here_read)
        os.close(here_write)  # the child reads the end of its pipe and exits, and the namespace ends with it
        os.waitpid(child, 0)


def _read_all(descriptor: int) -> bytes:
    content = b""
    while data := os.read(descriptor, 4096):
        content += data
    return content


def _hold(root: str, mounts: Sequence[ViewMount], answer: int, until: int) -> None:
    """Run as the child: mount, write "ok" or the error to `answer`, wait for the end of `until`, exit. Never returns."""
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
    target_path = f"/proc/self/fd/{target}"
    syscalls.mount(mount.source, target_path, "", syscalls.MS_BIND | syscalls.MS_REC)
    if mount.read_only:
        mounted = syscalls.openat2(top, mount.target.lstrip("/"), os.O_PATH)
        flags = syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY
        syscalls.mount("", f"/proc/self/fd/{mounted}", "", flags)


def make_below(top: int, path: str, *, directory: bool) -> int:
    """Create what is missing of `path` below the descriptor `top`; return an O_PATH descriptor of it.

    The last part becomes a directory or an empty file. Symbolic links are followed inside `top` only.
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
                make_one_directory(part, 0o755, here)
            below = syscalls.openat2(top, walked, os.O_PATH | os.O_NOFOLLOW)
        os.close(here)
        here = below
    return here
