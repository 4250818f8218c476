"""System calls that Python 3.11 lacks: one function each, with the names of the manual pages; no policy and no retry.

All raise OSError with the call and its target. `ctypes` costs 5 ms, so modules that do not always mount import this one only when
they do.
"""

from __future__ import annotations

import ctypes
import errno
import os

from pycman.errors import Unsupported

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
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
_libc.umount2.argtypes = (ctypes.c_char_p, ctypes.c_int)
_libc.unshare.argtypes = (ctypes.c_int,)
_libc.setns.argtypes = (ctypes.c_int, ctypes.c_int)
_libc.syncfs.argtypes = (ctypes.c_int,)
_libc.syscall.restype = ctypes.c_long


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2). Raises OSError, which names the target."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), os.fsencode(kind) or None, flags, os.fsencode(data) or None
    )
    if result < 0:
        raise _failure("mount", target)


def umount2(target: str, flags: int = 0) -> None:
    """umount2(2). Raises OSError, which names the target."""
    if _libc.umount2(os.fsencode(target), flags) < 0:
        raise _failure("umount", target)


def unshare(flags: int) -> None:
    """unshare(2)."""
    if _libc.unshare(flags) < 0:
        raise _failure("unshare", hex(flags))


def setns(descriptor: int, kind: int = 0) -> None:
    """setns(2). A user namespace can only be joined by a process with one thread."""
    if _libc.setns(descriptor, kind) < 0:
        raise _failure("setns", str(descriptor))


def syncfs(descriptor: int) -> None:
    """syncfs(2): write the whole file system of `descriptor` to disk."""
    if _libc.syncfs(descriptor) < 0:
        raise _failure("syncfs", str(descriptor))


def openat2(directory: int, path: str, flags: int, *, mode: int = 0, resolve: int = RESOLVE_IN_ROOT) -> int:
    """openat2(2): open `path` below the directory descriptor. Raises Unsupported before Linux 5.6."""
    how = _OpenHow(flags | os.O_CLOEXEC, mode, resolve)
    result = _libc.syscall(
        _SYS_OPENAT2, directory, ctypes.c_char_p(os.fsencode(path)), ctypes.byref(how), ctypes.sizeof(how)
    )
    if result < 0:
        error = _failure("openat2", path)
        if error.errno == errno.ENOSYS:
            raise Unsupported("openat2 is missing", subject=os.uname().release, hint="use Linux 5.6 or newer")
        raise error
    return int(result)


def open_tree(directory: int, path: str, *, recursive: bool = True) -> int:
    """open_tree(2): return a descriptor of a copy of the mount at `path`, or of `directory` itself for "", mounted nowhere.

    A relative path is below `directory`, if it is no descriptor (-1) below the working directory.
    """
    directory = _AT_FDCWD if directory < 0 else directory
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | (AT_RECURSIVE if recursive else 0) | (0 if path else _AT_EMPTY_PATH)
    result = _libc.syscall(_SYS_OPEN_TREE, directory, ctypes.c_char_p(os.fsencode(path)), ctypes.c_uint(flags))
    if result < 0:
        raise _failure("open_tree", path or str(directory))
    return int(result)


def move_mount(tree: int, target: str) -> None:
    """move_mount(2): mount what `open_tree` returned at `target`, or where a link there leads to."""
    result = _libc.syscall(
        _SYS_MOVE_MOUNT, tree, ctypes.c_char_p(b""), _AT_FDCWD, ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_uint(_MOVE_MOUNT_F_EMPTY_PATH | _MOVE_MOUNT_T_SYMLINKS),
    )  # fmt: skip
    if result < 0:
        raise _failure("move_mount", target)


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def mount_setattr(tree: int, attributes: int) -> None:
    """mount_setattr(2): set attributes (MOUNT_ATTR_*) of the mount `tree` is a descriptor of, and of all mounts below it."""
    attr = _MountAttr(attributes, 0, 0, 0)
    result = _libc.syscall(
        _SYS_MOUNT_SETATTR, tree, ctypes.c_char_p(b""), ctypes.c_uint(_AT_EMPTY_PATH | AT_RECURSIVE),
        ctypes.byref(attr), ctypes.c_size_t(ctypes.sizeof(attr)),
    )  # fmt: skip
    if result < 0:
        raise _failure("mount_setattr", str(tree))


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    if _libc.pivot_root(ctypes.c_char_p(os.fsencode(new)), ctypes.c_char_p(os.fsencode(old))) < 0:
        raise _failure("pivot_root", new)


def prctl(option: int, argument: int = 0, second: int = 0) -> None:
    """prctl(2)."""
    rest = (ctypes.c_ulong(argument), ctypes.c_ulong(second), ctypes.c_ulong(0), ctypes.c_ulong(0))
    if _libc.prctl(ctypes.c_int(option), *rest) < 0:
        raise _failure("prctl", str(option))


def capset(mask: int) -> None:
    """capset(2): make `mask` the effective and permitted capabilities of this process, and none inheritable."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(*(part & 0xFFFF_FFFF for part in (mask, mask, 0, mask >> 32, mask >> 32, 0)))
    if _libc.capset(ctypes.byref(header), ctypes.byref(data)) < 0:
        raise _failure("capset", hex(mask))


def _failure(call: str, target: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), f"{call} {target}")
