"""Mounts with meaning: what is mounted where, tmpfs and binds, and taking down all that lies below a path (mount(2))."""

from __future__ import annotations

import errno
import os

from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.files import read_text
from pycman.record import Record

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
    """Return the mounts of a mountinfo file, in the order they were made. Pure."""
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
    """Return the mounts this process sees."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return parse_mountinfo(file.read())


def targets_below(path: str) -> list[str]:
    """Return the mount points at and below `path`, deepest and newest first. Reads only the text: no values are made."""
    top = os.path.realpath(path)
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            target = _unescape(line.split(" ", 5)[4])
            if target == top or target.startswith(top + "/"):
                found.append(target)
    return found[::-1]


def is_mounted(path: str) -> bool:
    """Say whether `path` is a mount point (also of a bind from its own file system)."""
    top = os.path.realpath(path)
    return top in targets_below(top)


def unmount_below(path: str) -> None:
    """Unmount all at and below `path`; what is busy is detached. Nothing mounted is fine. Raises MountFailed."""
    for target in targets_below(path):
        unmount(target)


def unmount(target: str) -> None:
    """Unmount one mount point, detaching it if it is busy. Not mounted is fine. Raises MountFailed."""
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
    """Mount a tmpfs without set-uid, devices and programs. Raises MountFailed."""
    flags = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    try:
        syscalls.mount("tmpfs", target, "tmpfs", flags, options)
    except OSError as error:
        raise MountFailed(f"tmpfs with {options}: {_reason(error)}", subject=target) from error


def bind(source: str, target: str, *, read_only: bool = False, recursive: bool = True) -> None:
    """Bind `source` at `target`, private. Raises MountFailed."""
    flags = syscalls.MS_BIND | (syscalls.MS_REC if recursive else 0)
    try:
        syscalls.mount(source, target, "", flags)
        syscalls.mount("", target, "", syscalls.MS_PRIVATE | syscalls.MS_REC)
        if read_only:
            syscalls.mount("", target, "", syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY)
    except OSError as error:
        raise MountFailed(f"bind of {source}: {_reason(error)}", subject=target) from error


def make_slave(path: str) -> None:
    """Let mounts of the parent namespace come in, and none go out."""
    syscalls.mount("", path, "", syscalls.MS_SLAVE | syscalls.MS_REC)


def make_shared(path: str) -> None:
    """Let mounts below `path` be seen in copies of this mount namespace, and theirs here."""
    syscalls.mount("", path, "", syscalls.MS_SHARED | syscalls.MS_REC)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
