"""Namespaces of processes: open, compare, join, and pin to a file (namespaces(7), setns(2))."""

from __future__ import annotations

import os

from pycman.contexts import suppress
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
"""Names below /proc/PID/ns, and the flags by which setns(2) checks the kind of a namespace."""


def open_namespace(pid: int, kind: str) -> int:
    """Return a descriptor of a namespace of a process (0: this process), which keeps the namespace alive.

    Raises OSError if the process is gone or belongs to another user.
    """
    return os.open(namespace_path(pid or "self", kind), os.O_RDONLY | os.O_CLOEXEC)


def namespace_id(pid: int, kind: str) -> str:
    """Return the inode number of a namespace of a process as text; "" if the process is gone or belongs to another user."""
    try:
        return os.readlink(f"/proc/{pid}/ns/{kind}").partition("[")[2].removesuffix("]")
    except OSError:
        return ""


def is_same(pid: int, kind: str, other: int = 0) -> bool:
    """Say whether two processes (0: this process) share a namespace; False if one is gone or belongs to another user."""
    try:
        first, second = (os.readlink(namespace_path(one or "self", kind)) for one in (pid, other))
    except OSError:
        return False
    return first == second


def join(pid: int, kinds: tuple[str, ...]) -> None:
    """Move this process into namespaces of another, in that order; all are opened before the first is joined.

    Raises OSError. If it is of setns(2), the kinds before it have been joined; EINVAL for "user" means more than one thread.
    """
    opened: list[int] = []
    try:
        opened.extend(open_namespace(pid, kind) for kind in kinds)  # those before one that fails are closed too
        for kind, descriptor in zip(kinds, opened, strict=True):
            syscalls.setns(descriptor, FLAGS[kind])
    finally:
        for descriptor in opened:
            os.close(descriptor)


def pin(pid: int, kind: str, path: str) -> None:
    """Keep a namespace of a process (0: this thread) alive by the file `path`, which must not exist. Raises MountFailed."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        syscalls.mount(namespace_path(pid or "thread-self", kind), path, "", syscalls.MS_BIND)
    except OSError as error:
        os.unlink(path)
        raise MountFailed(
            f"it cannot be pinned: {(error.strerror or '').lower()}", subject=f"{kind} namespace"
        ) from error


def unpin(path: str) -> None:
    """Remove the file that `pin` made, and its hold on the namespace. Does nothing if it does not exist."""
    unmount(path)
    with suppress(FileNotFoundError):
        os.unlink(path)
