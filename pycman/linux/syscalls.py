"""System calls that Python 3.11 lacks: one function each, with the names of the manual pages; no policy and no retry.

All raise OSError with the call and its target.
"""

from __future__ import annotations

import errno
import os
import struct

from pycman.errors import Unsupported
from pycman.linux.libc import libc_call

# <sys/mount.h>
MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_MOVE = 0x2000
MS_REC = 0x4000
MS_UNBINDABLE = 0x20000
MS_PRIVATE = 0x40000
MS_SLAVE = 0x80000
MS_SHARED = 0x100000
MNT_FORCE = 0x1
MNT_DETACH = 0x2
UMOUNT_NOFOLLOW = 0x8
# <sched.h>
CLONE_FS = 0x00000200
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
# <linux/openat2.h>
RESOLVE_NO_XDEV = 0x01
RESOLVE_NO_MAGICLINKS = 0x02
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_BENEATH = 0x08
RESOLVE_IN_ROOT = 0x10
_SYS_OPENAT2 = 437
# <linux/mount.h>: new mount calls (Linux 5.2, 5.12), with one number on all architectures
AT_RECURSIVE = 0x8000
MOUNT_ATTR_RDONLY = 0x1
MOUNT_ATTR_NOSUID = 0x2
MOUNT_ATTR_NODEV = 0x4
MOUNT_ATTR_NOEXEC = 0x8
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _SYS_MOUNT_SETATTR = 428, 429, 442
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 0x1, os.O_CLOEXEC
_MOVE_MOUNT_F_EMPTY_PATH, _MOVE_MOUNT_T_SYMLINKS = 0x4, 0x10
_AT_FDCWD, _AT_EMPTY_PATH = -100, 0x1000
# <sys/prctl.h>, <linux/capability.h>
PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522

_OPEN_HOW = struct.Struct("QQQ")  # flags, mode, resolve
_MOUNT_ATTR = struct.Struct("QQQQ")  # attr_set, attr_clr, propagation, userns_fd


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2). Raises OSError, which names the target."""
    words = os.fsencode(source), os.fsencode(target), os.fsencode(kind) or None
    libc_call("mount", *words, flags, os.fsencode(data) or None, target=target)


def umount2(target: str, flags: int = 0) -> None:
    """umount2(2). Raises OSError, which names the target."""
    libc_call("umount2", os.fsencode(target), flags, target=target)


def unshare(flags: int) -> None:
    """unshare(2)."""
    libc_call("unshare", flags, target=hex(flags))


def setns(descriptor: int, kind: int = 0) -> None:
    """setns(2). A user namespace can only be joined by a process with one thread."""
    libc_call("setns", descriptor, kind, target=str(descriptor))


def syncfs(descriptor: int) -> None:
    """syncfs(2): write the whole file system of `descriptor` to disk."""
    libc_call("syncfs", descriptor, target=str(descriptor))


def openat2(directory: int, path: str, flags: int, *, mode: int = 0, resolve: int = RESOLVE_IN_ROOT) -> int:
    """openat2(2): open `path` below the directory descriptor. Raises Unsupported before Linux 5.6."""
    how = _OPEN_HOW.pack(flags | os.O_CLOEXEC, mode, resolve)
    try:
        return _syscall("openat2", _SYS_OPENAT2, directory, os.fsencode(path), how, len(how), target=path)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            raise Unsupported("openat2 is missing", subject=os.uname().release, hint="use Linux 5.6 or newer") from None
        raise


def open_tree(directory: int, path: str, *, recursive: bool = True) -> int:
    """open_tree(2): return a descriptor of a copy of the mount at `path`, or of `directory` itself for "", mounted nowhere.

    A relative path is below `directory`, if it is no descriptor (-1) below the working directory.
    """
    below = _AT_FDCWD if directory < 0 else directory
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | (AT_RECURSIVE if recursive else 0) | (0 if path else _AT_EMPTY_PATH)
    return _syscall("open_tree", _SYS_OPEN_TREE, below, os.fsencode(path), flags, target=path or str(below))


def move_mount(tree: int, target: str) -> None:
    """move_mount(2): mount what `open_tree` returned at `target`, or where a link there leads to."""
    flags = _MOVE_MOUNT_F_EMPTY_PATH | _MOVE_MOUNT_T_SYMLINKS
    _syscall("move_mount", _SYS_MOVE_MOUNT, tree, b"", _AT_FDCWD, os.fsencode(target), flags, target=target)


def mount_setattr(tree: int, attributes: int) -> None:
    """mount_setattr(2): set attributes (MOUNT_ATTR_*) of the mount `tree` is a descriptor of, and of all mounts below it."""
    attr = _MOUNT_ATTR.pack(attributes, 0, 0, 0)
    flags = _AT_EMPTY_PATH | AT_RECURSIVE
    _syscall("mount_setattr", _SYS_MOUNT_SETATTR, tree, b"", flags, attr, len(attr), target=str(tree))


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    libc_call("pivot_root", os.fsencode(new), os.fsencode(old), target=new)


def prctl(option: int, argument: int = 0, second: int = 0) -> None:
    """prctl(2)."""
    libc_call("prctl", option, argument, second, 0, 0, target=str(option))


def is_dumpable() -> bool:
    """Say whether other processes of this user may look into this one's folder in /proc (prctl(2), PR_GET_DUMPABLE)."""
    return libc_call("prctl", PR_GET_DUMPABLE, 0, 0, 0, 0, target="PR_GET_DUMPABLE") == 1


def end_with_parent(parent: int, number: int) -> None:
    """Have the kernel send this process, a child of the process `parent`, a signal when that ends (prctl(2), PR_SET_PDEATHSIG).

    Exits with status 1 if it has ended already.
    """
    prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def capset(mask: int) -> None:
    """capset(2): make `mask` the effective and permitted capabilities of this process, and none inheritable."""
    low, high = mask & 0xFFFF_FFFF, mask >> 32
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    libc_call("capset", header, struct.pack("6I", low, low, 0, high, high, 0), target=hex(mask))


def _syscall(call: str, number: int, *arguments: int | bytes | None, target: str) -> int:
    """Call what the C library has no function for. Raises OSError with `call` and `target`."""
    try:
        return libc_call("syscall", number, *arguments, target=target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{call} {target}") from None
