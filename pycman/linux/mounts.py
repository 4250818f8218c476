"""Mounts: the table of mounts, tmpfs and bind mounts, and unmounting everything below a path (mount(2), proc(5) mountinfo)."""

from __future__ import annotations

import errno
import os

from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.files import read_text
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

_ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}


class MountEntry(Record):
    """One line of /proc/self/mountinfo (proc(5)). `propagation` is "shared", "slave" or "private"."""

    mount_id: int
    parent_id: int
    device: str
    root: str
    target: str
    options: tuple[str, ...]
    propagation: str
    kind: str
    source: str
    super_options: tuple[str, ...]


def mount_table_of(pid: int) -> str:
    """Return the mountinfo text of a process (proc(5)): the mounts that it sees."""
    return read_text(f"/proc/{pid}/mountinfo")


def parse_mountinfo(text: str) -> list[MountEntry]:
    """Return the mounts of a mountinfo file, oldest first. Pure."""
    return [_entry(line) for line in text.splitlines() if " - " in line]


def _entry(line: str) -> MountEntry:
    front, _, back = line.partition(" - ")
    fields = front.split(" ")
    kind, source, super_options = (*back.split(" "), "", "")[:3]
    tags = fields[6:]
    shared = any(tag.startswith("shared:") for tag in tags)
    slave = any(tag.startswith("master:") for tag in tags)
    return MountEntry(
        mount_id=int(fields[0]),
        parent_id=int(fields[1]),
        device=fields[2],
        root=_unescape(fields[3]),
        target=_unescape(fields[4]),
        options=tuple(fields[5].split(",")),
        propagation="shared" if shared else "slave" if slave else "private",
        kind=kind,
        source=_unescape(source),
        super_options=tuple(super_options.split(",")),
    )


def _unescape(text: str) -> str:
    if "\\" in text:
        for code, letter in _ESCAPES.items():
            text = text.replace(code, letter)
    return text


def read_mounts() -> list[MountEntry]:
    """Return the mounts in the mount namespace of this process, oldest first."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return parse_mountinfo(file.read())


def targets_below(*paths: str) -> list[str]:
    """Return the mount points at and below `paths`, newest first, so that they can be unmounted in this order.

    Reads only the paths, without making a MountEntry of each line, and nothing if no path exists: the table is long on a busy host.
    """
    tops = [os.path.realpath(path) for path in paths if os.path.lexists(path)]
    if not tops:
        return []
    below = tuple(f"{top}/" for top in tops)
    targets = []
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            target = _unescape(line.split(" ", 5)[4])
            if target in tops or target.startswith(below):
                targets.append(target)
    return targets[::-1]


def is_mounted(path: str) -> bool:
    """Say whether `path` is a mount point (also of a bind from its own file system)."""
    top = os.path.realpath(path)
    return top in targets_below(top)


def unmount_below(*paths: str) -> None:
    """Unmount everything at and below `paths`, detaching what is busy. Does nothing if nothing is mounted.

    Raises MountFailed about the first that cannot be unmounted, when all others are.
    """
    failure: MountFailed | None = None
    for target in targets_below(*paths):
        try:
            unmount(target)
        except MountFailed as error:
            failure = failure or error
    if failure is not None:
        raise failure


def unmount(target: str) -> None:
    """Unmount one mount point, detaching it if it is busy. Does nothing if it is not mounted. Raises MountFailed."""
    try:
        syscalls.umount2(target, syscalls.UMOUNT_NOFOLLOW)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOENT):
            return
        if error.errno != errno.EBUSY:
            raise MountFailed(f"cannot be unmounted: {_reason(error)}", subject=target) from error
        try:
            syscalls.umount2(target, syscalls.MNT_DETACH | syscalls.UMOUNT_NOFOLLOW)
        except OSError as second:
            raise MountFailed(f"cannot be unmounted: {_reason(second)}", subject=target) from second


def mount_tmpfs(target: str, options: str = "mode=755") -> None:
    """Mount a tmpfs with nosuid, nodev and noexec. Raises MountFailed."""
    flags = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    try:
        syscalls.mount("tmpfs", target, "tmpfs", flags, options)
    except OSError as error:
        raise MountFailed(f"a tmpfs with {options} cannot be mounted: {_reason(error)}", subject=target) from error


def bind(source: str, target: str, *, read_only: bool = False, recursive: bool = True) -> None:
    """Bind `source` at `target`, with private propagation. Raises MountFailed."""
    flags = syscalls.MS_BIND | (syscalls.MS_REC if recursive else 0)
    try:
        syscalls.mount(source, target, "", flags)
        syscalls.mount("", target, "", syscalls.MS_PRIVATE | syscalls.MS_REC)
        if read_only:
            syscalls.mount("", target, "", syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY)
    except OSError as error:
        raise MountFailed(f"{source} cannot be bind-mounted: {_reason(error)}", subject=target) from error


_RESTRICTIONS = {
    "nosuid": (syscalls.MS_NOSUID, os.ST_NOSUID),
    "nodev": (syscalls.MS_NODEV, os.ST_NODEV),
    "noexec": (syscalls.MS_NOEXEC, os.ST_NOEXEC),
}


def restrict(target: str, names: Collection[str]) -> None:
    """Add nosuid, nodev or noexec to those a bind has; copies of it in user namespaces cannot lose them. Raises MountFailed."""
    try:
        has = os.statvfs(target).f_flag
        flags = syscalls.MS_RDONLY if has & os.ST_RDONLY else 0
        for name, (wanted, present) in _RESTRICTIONS.items():
            flags |= wanted if name in names or has & present else 0
        syscalls.mount("", target, "", syscalls.MS_BIND | syscalls.MS_REMOUNT | flags)
    except OSError as error:
        raise MountFailed(f"it cannot be restricted: {_reason(error)}", subject=target) from error


def make_slave(path: str) -> None:
    """Receive mounts from the parent namespace, and propagate none to it (MS_SLAVE, recursive)."""
    syscalls.mount("", path, "", syscalls.MS_SLAVE | syscalls.MS_REC)


def make_shared(path: str) -> None:
    """Propagate mounts below `path` to copies of this mount namespace, and receive theirs (MS_SHARED, recursive)."""
    syscalls.mount("", path, "", syscalls.MS_SHARED | syscalls.MS_REC)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
