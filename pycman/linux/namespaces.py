"""Namespaces of processes: open, compare, join, and pin to a file (namespaces(7), setns(2))."""

from __future__ import annotations

import os

from pycman.contexts import contextmanager, suppress
from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.mounts import unmount
from pycman.linux.processes import has_one_thread, namespace_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ASTRAY_STATUS = 125
"""Of a process that cannot return to its namespaces, so that it must do nothing more."""
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


def may_return_to(kinds: Sequence[str]) -> bool:
    """Say whether this process may join its own namespaces of these kinds again once it has left them (`within_new`).

    It may if it has one thread, as others would stay behind, and CAP_SYS_ADMIN where the namespaces come from: a process in a user
    namespace does not have it over those of the host.
    """
    if not has_one_thread():
        return False
    try:
        join(0, tuple(kinds))
    except OSError:
        return False
    return True


@contextmanager
def within_new(kinds: Sequence[str]) -> Iterator[None]:
    """Be in new namespaces of these kinds (net, ipc, uts) in the block, then in the former ones again. The caller has asked `may_return_to`.

    It spares a child, whose copy of a large process costs more than what it is to do. Raises OSError (unshare(2)).
    """
    former: list[int] = []
    flags = 0
    try:
        for kind in kinds:
            former.append(open_namespace(0, kind))
            flags |= FLAGS[kind]
        try:
            syscalls.unshare(flags)
            yield
        finally:
            try:
                for kind, descriptor in zip(kinds, former, strict=True):
                    syscalls.setns(descriptor, FLAGS[kind])
            except BaseException:  # an interrupt on the way back, too
                os._exit(_ASTRAY_STATUS)
    finally:
        for descriptor in former:
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
