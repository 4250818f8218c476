"""Namespaces of processes: opened, compared, joined, and kept alive by a file (namespaces(7), setns(2)).

`ctypes` (5 ms) comes with it, so only those import it who join one.
"""

from __future__ import annotations

import contextlib
import os

from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.mounts import unmount
from pycman.linux.processes import namespace_path

FLAGS = {
    "user": syscalls.CLONE_NEWUSER,
    "mnt": syscalls.CLONE_NEWNS,
    "net": syscalls.CLONE_NEWNET,
    "ipc": syscalls.CLONE_NEWIPC,
    "uts": syscalls.CLONE_NEWUTS,
    "pid": syscalls.CLONE_NEWPID,
    "cgroup": syscalls.CLONE_NEWCGROUP,
}
"""Names below /proc/PID/ns, and the flag that says which kind setns(2) shall insist on."""


def open_namespace(pid: int, kind: str) -> int:
    """Return a descriptor of a process's namespace (0: this one's), which keeps it alive.

    OSError if the process is gone or another's.
    """
    return os.open(namespace_path(pid or "self", kind), os.O_RDONLY | os.O_CLOEXEC)


def namespace_id(pid: int, kind: str) -> str:
    """Return the inode number of a process's namespace, "" if the process is gone or another user's."""
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}").partition("[")[2].removesuffix("]")
    except OSError:
        return ""


def is_same(pid: int, kind: str, other: int = 0) -> bool:
    """Say whether two processes (0: this one) share a namespace; False also if one of them cannot be looked at."""
    found = []
    for each in (pid, other):
        try:
            found.append(os.readlink(namespace_path(each or "self", kind)))
        except OSError:
            return False
    return found[0] == found[1]


def join(pid: int, kinds: tuple[str, ...]) -> None:
    """Move this process into namespaces of another, in that order; all are opened before the first is joined.

    OSError names the call; after one of setns, the kinds before it are joined. EINVAL for "user": more than one thread.
    """
    with contextlib.ExitStack() as stack:
        opened = []
        for kind in kinds:
            opened.append(open_namespace(pid, kind))
            stack.callback(os.close, opened[-1])
        for kind, descriptor in zip(kinds, opened, strict=True):
            syscalls.setns(descriptor, FLAGS[kind])


def pin(pid: int, kind: str, path: str) -> None:
    """Keep a process's namespace (0: this one's) at the file `path` after the process has ended. Raises MountFailed."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        syscalls.mount(namespace_path(pid or "self", kind), path, "", syscalls.MS_BIND)
    except OSError as error:
        os.unlink(path)
        raise MountFailed(f"cannot be kept: {(error.strerror or '').lower()}", subject=f"{kind} namespace") from error


def unpin(path: str) -> None:
    """Let go of what `pin` keeps; nothing there is fine."""
    unmount(path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
