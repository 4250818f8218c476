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


def _failure(call: str, target: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), f"{call} {target}")
