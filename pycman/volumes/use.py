"""Using a volume: mount what its options say, copy the image's content in once, hand it to another owner."""

from __future__ import annotations

import os
import stat

from pycman.errors import MountFailed
from pycman.linux import syscalls
from pycman.linux.mounts import is_mounted, unmount
from pycman.linux.processes import boot_id
from pycman.spec.id_map import IdMap
from pycman.storage.copy_tree import copy_status, copy_tree
from pycman.volumes.catalogue import get_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session
    from pycman.volumes.catalogue import Volume

_FLAGS = {
    "ro": syscalls.MS_RDONLY,
    "nosuid": syscalls.MS_NOSUID,
    "nodev": syscalls.MS_NODEV,
    "noexec": syscalls.MS_NOEXEC,
    "bind": syscalls.MS_BIND,
    "rbind": syscalls.MS_BIND | syscalls.MS_REC,
}


def use_volume(session: Session, name: str, user_id: str = "") -> str:
    """Mount a volume if its options ask for it, and return its directory; `user_id` says who (for messages only)."""
    del user_id
    with session.lock("volume", name):
        volume = get_volume(session, name)
        if volume.options.get("device") or volume.options.get("type"):
            _mount(volume)
    return volume.mountpoint


def _mount(volume: Volume) -> None:
    if is_mounted(volume.mountpoint):
        return
    flags = 0
    data = []
    for word in filter(None, volume.options.get("o", "").split(",")):
        if word in _FLAGS:
            flags |= _FLAGS[word]
        elif not word.startswith(("uid=", "gid=")) or volume.options.get("type") == "tmpfs":
            data.append(word)
    device = volume.options.get("device", "")
    kind = volume.options.get("type", "none")
    try:
        syscalls.mount(
            device or kind, volume.mountpoint, "" if flags & syscalls.MS_BIND else kind, flags, ",".join(data)
        )
    except OSError as error:
        problem = f"{device or kind} cannot be mounted: {(error.strerror or '').lower()}"
        raise MountFailed(
            problem, subject=volume.name, hint="correct the volume's type, device and o options"
        ) from error


def release_volume(session: Session, name: str, user_id: str) -> None:
    """Unmount a volume's own mount if no other running container has it. Nothing mounted is fine."""
    with session.lock("volume", name):
        path = session.paths.volume(name)
        row = session.db.row("SELECT options, mount_count FROM volumes WHERE name = ?", (name,))
        if row is None or row["options"] == "{}" or row["mount_count"]:
            return
        others = session.db.value(
            "SELECT count(*) FROM container_volumes v JOIN containers c ON c.id = v.container_id"
            " WHERE v.volume_name = ? AND c.id != ? AND c.boot_id = ?",
            (name, user_id, boot_id()),
        )
        if not others and is_mounted(path):
            unmount(path)


def mount_volume(session: Session, name: str) -> str:
    """Mount a volume for somebody outside of containers and return where; count it."""
    session.enter_namespaces()
    volume = get_volume(session, name)
    use_volume(session, volume.name)
    session.db.change("UPDATE volumes SET mount_count = mount_count + 1 WHERE name = ?", (volume.name,))
    return volume.mountpoint


def unmount_volume(session: Session, name: str) -> None:
    """Undo one `mount_volume`."""
    session.enter_namespaces()
    volume = get_volume(session, name)
    session.db.change("UPDATE volumes SET mount_count = max(0, mount_count - 1) WHERE name = ?", (volume.name,))
    release_volume(session, volume.name, "")


def copy_up(session: Session, name: str, image_directory: str, id_map: IdMap | None = None) -> None:
    """Copy the image's content of the mount point into a volume that is new and empty, once (docker's rule).

    Owner and mode of the directory itself come too. `image_directory` may be a /proc/self/fd path.
    """
    del id_map  # ids are the same on both sides: both lie in the namespace pycman works in
    with session.lock("volume", name):
        if not session.db.value("SELECT needs_copy_up FROM volumes WHERE name = ?", (name,)):
            return
        target = session.paths.volume(name)
        if not os.listdir(target):
            copy_tree(image_directory + "/.", target)
            copy_status(image_directory + "/.", target, os.stat(image_directory))
        session.db.change("UPDATE volumes SET needs_copy_up = 0 WHERE name = ?", (name,))


def own_volume(path: str, uid: int, gid: int) -> None:
    """Give everything at and below `path` to uid:gid (":U"); links are owned, never followed."""
    os.chown(path, uid, gid)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            _own_below(descriptor, uid, gid)
    finally:
        os.close(descriptor)


def _own_below(directory: int, uid: int, gid: int) -> None:
    with os.scandir(directory) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        os.chown(name, uid, gid, dir_fd=directory, follow_symlinks=False)
        if is_directory:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            below = os.open(name, flags, dir_fd=directory)
            try:
                _own_below(below, uid, gid)
            finally:
                os.close(below)
