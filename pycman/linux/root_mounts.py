"""The mounts of a process in a root of its own, made by that process in a new mount namespace before it changes its root.

Sources are opened first, as copies of their mounts that are mounted nowhere (open_tree(2)). Then the root is changed, and
every target is a path in the new root: no link in it can lead a mount out of it.
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.contexts import suppress
from pycman.linux import syscalls
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
_ATTRIBUTES = {
    "ro": syscalls.MOUNT_ATTR_RDONLY,
    "nosuid": syscalls.MOUNT_ATTR_NOSUID,
    "nodev": syscalls.MOUNT_ATTR_NODEV,
    "noexec": syscalls.MOUNT_ATTR_NOEXEC,
}
_TMPFS_FLAGS = syscalls.MS_NOSUID | syscalls.MS_NODEV


class RootMount(Record):
    """One mount in the new root, at `target`, which is made if missing.

    With a `source` it is a bind of that path, or of `inside` below it, links followed inside it only; without one a tmpfs
    with the mount options `data`. `options` are ro, nosuid, nodev, noexec.
    """

    target: str
    source: str = ""
    inside: str = ""
    options: tuple[str, ...] = ()
    data: str = ""


def enter_root(
    root: str, mounts: Sequence[RootMount], *, fresh_proc: bool, masked: Sequence[str], read_only: Sequence[str]
) -> None:
    """Make `root` the root of this process's mount namespace, with /proc, /sys, /dev and `mounts`. Raises OSError.

    The namespace must be this process's alone. With `fresh_proc` /proc shows the pid namespace of this process, else it is a
    copy of the present one, with what is masked there. `masked` and `read_only` are paths below /proc and /sys.
    """
    syscalls.mount("", "/", "", syscalls.MS_SLAVE | syscalls.MS_REC)
    sources = [_open_source(mount) for mount in mounts]
    system = {name: syscalls.open_tree(-1, name) for name in ("/sys", *(() if fresh_proc else ("/proc",)))}
    devices = {name: syscalls.open_tree(-1, f"/dev/{name}") for name in _present(f"/dev/{name}" for name in _DEVICES)}
    _pivot(root)
    _make_directory("/proc")
    if fresh_proc:
        syscalls.mount("proc", "/proc", "proc", _TMPFS_FLAGS | syscalls.MS_NOEXEC)
    else:
        syscalls.move_mount(system["/proc"], "/proc")
    _make_directory("/sys")
    syscalls.mount_setattr(system["/sys"], _ATTRIBUTES["ro"])
    syscalls.move_mount(system["/sys"], "/sys")
    _make_devices(devices)
    _protect(masked, read_only)
    for mount, source in zip(mounts, sources, strict=True):
        _mount(mount, source)


def _present(paths: Iterable[str]) -> list[str]:
    return [os.path.basename(path) for path in paths if os.path.exists(path)]


def _open_source(mount: RootMount) -> int:
    if not mount.source:
        return -1
    if not mount.inside:
        return syscalls.open_tree(-1, mount.source)
    top = os.open(mount.source, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    exactly = syscalls.openat2(top, mount.inside, os.O_PATH)
    os.close(top)
    try:
        return syscalls.open_tree(exactly, "")
    finally:
        os.close(exactly)


def _pivot(root: str) -> None:
    """Change the root and detach the old one, so that nothing of it can be reached any more."""
    tree = syscalls.open_tree(-1, root)
    syscalls.move_mount(tree, root)
    os.close(tree)
    os.chdir(root)
    syscalls.pivot_root(".", ".")
    syscalls.umount2(".", syscalls.MNT_DETACH)
    os.chdir("/")


def _protect(masked: Sequence[str], read_only: Sequence[str]) -> None:
    """Hide and protect paths of /proc and /sys, where they are there: /dev/null covers files, as runtimes do it."""
    for path in _there(read_only):
        tree = syscalls.open_tree(-1, path)
        syscalls.mount_setattr(tree, _ATTRIBUTES["ro"])
        syscalls.move_mount(tree, path)
        os.close(tree)
    for path in _there(masked):
        if os.path.isdir(path):
            syscalls.mount("tmpfs", path, "tmpfs", _TMPFS_FLAGS | syscalls.MS_RDONLY, "size=4k")
            continue
        tree = syscalls.open_tree(-1, "/dev/null")
        syscalls.move_mount(tree, path)
        os.close(tree)


def _there(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if os.path.lexists(path)]


def _make_devices(devices: dict[str, int]) -> None:
    """Make /dev: a tmpfs with the usual devices, terminals and shared memory."""
    _make_directory("/dev")
    syscalls.mount("tmpfs", "/dev", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NOEXEC, "mode=755,size=64k")
    for name, tree in devices.items():
        os.close(os.open(f"/dev/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        syscalls.move_mount(tree, f"/dev/{name}")
        os.close(tree)
    for name, target in _LINKS.items():
        os.symlink(target, f"/dev/{name}")
    os.mkdir("/dev/shm", 0o1777)
    syscalls.mount("tmpfs", "/dev/shm", "tmpfs", _TMPFS_FLAGS | syscalls.MS_NOEXEC, "mode=1777,size=64m")
    os.mkdir("/dev/pts", 0o755)
    with suppress(OSError):  # not in every user namespace
        syscalls.mount(
            "devpts",
            "/dev/pts",
            "devpts",
            syscalls.MS_NOSUID | syscalls.MS_NOEXEC,
            "newinstance,ptmxmode=0666,mode=0620",
        )
        os.symlink("pts/ptmx", "/dev/ptmx")


def _mount(mount: RootMount, source: int) -> None:
    if source < 0:
        _make_directory(mount.target)
        syscalls.mount("tmpfs", mount.target, "tmpfs", _TMPFS_FLAGS, mount.data or "mode=1777")
        return
    if stat.S_ISDIR(os.fstat(source).st_mode):
        _make_directory(mount.target)
    else:
        _make_file(mount.target)
    attributes = sum(_ATTRIBUTES[name] for name in mount.options)
    if attributes:
        syscalls.mount_setattr(source, attributes)
    syscalls.move_mount(source, mount.target)
    os.close(source)


def _make_directory(path: str) -> None:
    """Make a directory and those above it. `path` leads nowhere but into the new root."""
    path = os.path.realpath(path)
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    if above not in ("", "/"):
        _make_directory(above)
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        if not os.path.isdir(path):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None


def _make_file(path: str) -> None:
    path = os.path.realpath(path)  # a link to nothing is common for /etc/resolv.conf: what it names is made
    if os.path.lexists(path):
        return
    _make_directory(os.path.dirname(path) or "/")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
