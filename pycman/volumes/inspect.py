"""The entry of `volume inspect`, with the field names of docker and podman together."""

from __future__ import annotations

from pycman.linux.processes import boot_id
from pycman.state.times import format_rfc3339
from pycman.volumes.catalogue import get_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session
    from pycman.volumes.volume import Volume


def inspect_volume(session: Session, name: str) -> dict[str, Any]:
    """Return the entry of `volume inspect`; MountCount includes running containers. Raises NotFound."""
    volume = get_volume(session, name)
    entry = describe_volume(volume)
    running = session.db.value(
        "SELECT count(*) FROM container_volumes v JOIN containers c ON c.id = v.container_id"
        " WHERE v.volume_name = ? AND c.boot_id = ?",
        (volume.name, boot_id()),
    )
    entry["MountCount"] += int(running)
    return entry


def describe_volume(volume: Volume) -> dict[str, Any]:
    """Return a volume with the field names of inspect; also an entry of `volume ls --format json`."""
    return {
        "Name": volume.name,
        "Driver": volume.driver,
        "Mountpoint": volume.mountpoint,
        "CreatedAt": format_rfc3339(volume.created_at_ns),
        "Labels": dict(volume.labels),
        "Scope": volume.scope,
        "Options": dict(volume.options),
        "Status": {},
        "UID": max(volume.uid, 0),
        "GID": max(volume.gid, 0),
        "Anonymous": volume.anonymous,
        "MountCount": volume.mount_count,
        "NeedsCopyUp": volume.needs_copy_up,
        "NeedsChown": volume.needs_copy_up,
        "Timeout": 0,
        "StorageID": "",
        "LockNumber": 0,
    }
