"""Using a volume: mount what its options say, fill it from the image once, change its owner.

The users of a volume are the rows of containers that run in this boot, so that a killed command leaves no count that is
wrong. Only `volume mount` is counted, for this boot.
"""

from __future__ import annotations

import errno
import os
import stat

from pycman.errors import InvalidInput, MountFailed, NotFound, Unavailable, from_os_error
from pycman.linux import syscalls
from pycman.linux.attributes import dress, dress_opened, exactly
from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import is_mounted, unmount_below
from pycman.linux.processes import boot_id, find_program, how_to_install, run
from pycman.plan import crash_point
from pycman.storage.copy_tree import copy_status, copy_tree
from pycman.volumes.catalogue import get_volume, no_such, volume_of
from pycman.volumes.options import parse_local_options
from pycman.volumes.volume import mount_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session
    from pycman.volumes.options import LocalMount
    from pycman.volumes.volume import Volume

_FLAGS = {
    "ro": syscalls.MS_RDONLY,
    "nosuid": syscalls.MS_NOSUID,
    "nodev": syscalls.MS_NODEV,
    "noexec": syscalls.MS_NOEXEC,
    "sync": 0x10,  # MS_SYNCHRONOUS, <sys/mount.h>
    "noatime": 0x400,  # MS_NOATIME
    "nodiratime": 0x800,  # MS_NODIRATIME
    "relatime": 0x200000,  # MS_RELATIME
    "rw": 0,
    "suid": 0,
    "dev": 0,
    "exec": 0,
    "defaults": 0,
}
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
SYSTEM_DIRECTORIES = frozenset(
    ("/", "/bin", "/boot", "/dev", "/etc", "/etc/passwd", "/etc/shadow", "/home", "/lib", "/lib32", "/lib64", "/libx32",
     "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/usr", "/var")
)  # fmt: skip
_MOUNT_TIMEOUT_S = 120.0


def use_volume(session: Session, name: str, container_id: str = "") -> str:
    """Mount a volume if its options ask for it, and return its directory. Raises NotFound, MountFailed.

    Call it after the container's row has this boot's id: that row is what keeps the volume mounted.
    """
    with session.lock("volume", name):
        volume = _ready(session, name, container_id)
        _mount(volume)
    return volume.mountpoint


def _ready(session: Session, name: str, container_id: str = "") -> Volume:
    row = session.db.row("SELECT * FROM volumes WHERE name = ? AND state = 'ready'", (name,))
    if row is None:
        if container_id:
            raise NotFound(
                "the container's volume is gone", subject=name, hint=f"create it again with pycman volume create {name}"
            )
        raise no_such(name)
    volume = volume_of(session, row)
    make_directory(volume.mountpoint)  # if the user deleted it, the container starts with an empty volume
    return volume


def _mount(volume: Volume) -> None:
    if not volume.options:
        return
    local = parse_local_options(volume.options).mount
    if local is None or is_mounted(volume.mountpoint):
        return
    if local.kind == "bind" and not os.path.isdir(local.device):
        raise NotFound("the volume's device is not a directory", subject=local.device, hint=f"mkdir -p {local.device}")
    options = list(local.options)
    flags = sum(_FLAGS[option] for option in set(options) if option in _FLAGS)
    rest = [option for option in options if option not in _FLAGS and option not in ("bind", "rbind")]
    if local.kind in ("bind", "tmpfs"):
        _mount_here(volume, local, flags, rest, recursive="rbind" in options)
    else:
        _mount_by_program(volume, local)


def _mount_here(volume: Volume, local: LocalMount, flags: int, rest: list[str], *, recursive: bool) -> None:
    try:
        if local.kind == "tmpfs":
            syscalls.mount(local.device, volume.mountpoint, "tmpfs", flags, ",".join(rest))
            if volume.uid >= 0 or volume.gid >= 0:
                dress(volume.mountpoint, owner=(volume.uid, volume.gid))
            return
        bind = syscalls.MS_BIND | (syscalls.MS_REC if recursive else 0)
        syscalls.mount(local.device, volume.mountpoint, "", bind)
        if flags:
            syscalls.mount("", volume.mountpoint, "", syscalls.MS_BIND | syscalls.MS_REMOUNT | flags)
    except OSError as error:
        unmount_below(volume.mountpoint)
        raise MountFailed(
            f"{local.device} cannot be mounted: {(error.strerror or str(error)).lower()}",
            subject=volume.name,
            hint="correct the volume's options type, device and o",
        ) from error


def _mount_by_program(volume: Volume, local: LocalMount) -> None:
    """Mount a file system that needs mount(8) and its helpers (nfs, cifs, ext4 on a device, …)."""
    program = find_program("mount")
    if not program:
        raise Unavailable("mount(8) is missing", subject=volume.name, hint=how_to_install("mount"))
    options = [option for option in local.options if not option.startswith("addr=")]
    device = local.device
    address = next((option.partition("=")[2] for option in local.options if option.startswith("addr=")), "")
    if local.kind.startswith("nfs") and device.startswith(":"):
        device = address + device  # docker's way to write an NFS export
    flags = ["-o", ",".join(options)] if options else []
    finished = run([program, "-t", local.kind, *flags, device, volume.mountpoint], timeout_s=_MOUNT_TIMEOUT_S)
    if finished.status:
        message = " ".join(finished.stderr.decode("utf-8", "replace").split())
        raise MountFailed(
            message or f"mount ended with status {finished.status}",
            subject=volume.name,
            hint="correct the volume's options type, device and o",
        )


def release_volume(session: Session, name: str, container_id: str) -> None:
    """Unmount the device of a volume unless another running container, or a `volume mount`, still uses it."""
    with session.lock("volume", name):
        row = session.db.row("SELECT * FROM volumes WHERE name = ?", (name,))
        if row is None or row["options"] == "{}" or mount_count(row) or _has_other_users(session, name, container_id):
            return
        unmount_below(session.paths.volume(name))


def _has_other_users(session: Session, name: str, container_id: str) -> bool:
    """Say whether containers of this boot other than this one use a volume."""
    user = session.db.value(
        "SELECT 1 FROM container_volumes v JOIN containers c ON c.id = v.container_id"
        " WHERE v.volume_name = ? AND c.id != ? AND c.boot_id = ?",
        (name, container_id, boot_id()),
    )
    return user is not None


def mount_volume(session: Session, name: str) -> str:
    """Mount a volume for a caller that is no container, count it, and return the mount point.

    Raises NotFound, MountFailed.
    """
    session.enter_namespaces()
    name = get_volume(session, name).name
    with session.lock("volume", name):
        volume = _ready(session, name)
        _mount(volume)
        crash_point("volume-mount:mounted")
        here = boot_id()
        session.db.change(
            "UPDATE volumes SET mount_count = 1 + CASE boot_id WHEN ? THEN mount_count ELSE 0 END, boot_id = ?"
            " WHERE name = ?",
            (here, here, name),
        )
    return volume.mountpoint


def unmount_volume(session: Session, name: str) -> None:
    """Undo one `mount_volume`; does nothing if there is none to undo. Raises NotFound."""
    session.enter_namespaces()
    name = get_volume(session, name).name
    with session.lock("volume", name):
        session.db.change(
            "UPDATE volumes SET mount_count = max(0, mount_count - 1) WHERE name = ? AND boot_id = ?",
            (name, boot_id()),
        )
    release_volume(session, name, "")


def copy_up(
    session: Session,
    name: str,
    image_directory: str,
    *,
    container_id: str = "",
    owner: Callable[[], tuple[int, int]] | None = None,
) -> None:
    """Fill a new, empty volume with the files the image has at its mount point, once (docker's rule).

    Owner, mode and attributes of the directory are copied too. `image_directory` "" means that the image has no such
    directory: then the volume is given to `owner()` (uid and gid as pycman sees them), the container's user. A volume
    with content, or one that another running container may be writing to, is not changed.
    """
    with session.lock("volume", name):
        row = session.db.row("SELECT * FROM volumes WHERE name = ? AND state = 'ready'", (name,))
        if row is None or not row["needs_copy_up"]:
            return
        volume = volume_of(session, row)
        if os.listdir(volume.mountpoint):
            _mark_copied(session, name)
        elif not _has_other_users(session, name, container_id):
            _fill(session, volume, image_directory, owner)


def _mark_copied(session: Session, name: str) -> None:
    session.db.change("UPDATE volumes SET needs_copy_up = 0 WHERE name = ?", (name,))


def _fill(session: Session, volume: Volume, image_directory: str, owner: Callable[[], tuple[int, int]] | None) -> None:
    target = volume.mountpoint
    fixed_owner = volume.uid >= 0 or volume.gid >= 0
    if not image_directory:
        if owner is not None and not fixed_owner:
            dress(target, owner=owner())
        return
    source = f"{image_directory}/."
    try:
        if not os.listdir(source):
            _copy_top(source, target)
        elif is_mounted(target):
            copy_tree(source, target)
        else:
            _fill_aside(source, target)
        if fixed_owner:
            dress(target, owner=(volume.uid, volume.gid))
    except OSError as error:
        raise from_os_error(
            error, subject=volume.name, doing="cannot copy the image's files into the volume"
        ) from error
    if parse_local_options(volume.options).mount is None:
        _mark_copied(session, volume.name)  # a mounted volume may be a tmpfs, empty at each use: fill it again


def _copy_top(source: str, target: str) -> None:
    start = os.open(source, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with exactly(target) as top:
            copy_status(start, top, os.fstat(start))
    finally:
        os.close(start)


def _fill_aside(source: str, target: str) -> None:
    """Copy beside the volume's directory and rename over it: a kill leaves it empty or complete."""
    aside = f"{os.path.dirname(target)}/_new"
    remove_tree(aside)
    copy_tree(source, aside)
    descriptor = os.open(aside, _DIRECTORY)
    try:
        syscalls.syncfs(descriptor)
    finally:
        os.close(descriptor)
    crash_point("volume-copy-up:copied")
    os.rename(aside, target)
    crash_point("volume-copy-up:renamed")


def own_volume(path: str, uid: int, gid: int) -> None:
    """Change the owner of everything at and below `path` to uid:gid (option U); of symbolic links themselves, not their
    targets. If `path` is the user's already, all below it is left as it is (podman): the user may have changed it since.

    Raises InvalidInput for a directory of the host's system, Denied.
    """
    real = os.path.realpath(path)
    if real in SYSTEM_DIRECTORIES:
        raise InvalidInput(
            "its owner is not changed: it is a directory of the host's system",
            subject=path,
            hint="leave out the option U",
        )
    try:
        with exactly(real) as descriptor:
            top_now = os.fstat(descriptor)
            if (top_now.st_uid, top_now.st_gid) == (uid, gid):
                return
            _own(descriptor, uid, gid)
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                top = os.open(".", _DIRECTORY, dir_fd=descriptor)
                try:
                    _own_below(top, uid, gid)
                finally:
                    os.close(top)
    except OSError as error:
        raise from_os_error(error, subject=path, doing=f"cannot give it to {uid}:{gid}") from error


def _own(descriptor: int, uid: int, gid: int) -> None:
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (uid, gid):
        dress_opened(descriptor, owner=(uid, gid))


def _own_below(directory: int, uid: int, gid: int) -> None:
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries]
    for name in names:
        try:
            with exactly(name, directory) as descriptor:
                _own(descriptor, uid, gid)
                if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                    continue
                below = os.open(".", _DIRECTORY, dir_fd=descriptor)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                continue  # a container that is writing to it removed or replaced the entry
            raise
        try:
            _own_below(below, uid, gid)
        finally:
            os.close(below)
