"""What `volume inspect` shows: docker's and podman's names together."""

from __future__ import annotations

from pycman.state.times import format_rfc3339
from pycman.volumes.catalogue import get_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session
    from pycman.volumes.catalogue import Volume


def inspect_volume(session: Session, name: str) -> dict[str, Any]:
    """Return all there is to know of a volume. Raises NotFound."""
    return describe_volume(get_volume(session, name))


def describe_volume(volume: Volume) -> dict[str, Any]:
    """Return a volume under the names of inspect."""
    return {
        "Name": volume.name,
        "Driver": volume.driver,
        "Mountpoint": volume.mountpoint,
        "CreatedAt": format_rfc3339(volume.created_at_ns),
        "Labels": dict(volume.labels),
        "Scope": "local",
        "Options": dict(volume.options),
        "Status": {},
        "UID": volume.uid,
        "GID": volume.gid,
        "Anonymous": volume.anonymous,
        "MountCount": volume.mount_count,
        "NeedsCopyUp": volume.needs_copy_up,
        "NeedsChown": volume.needs_copy_up,
        "Timeout": 0,
        "StorageID": "",
        "LockNumber": 0,
    }
