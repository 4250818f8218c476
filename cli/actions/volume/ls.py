"""volume ls: list volumes."""

from __future__ import annotations

from cli.output.listing import Columns, print_ids, print_listing
from cli.output.podman import volume_object
from cli.output.words import labels_text
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.volumes.volume import Volume

_COLUMNS = (("DRIVER", "Driver"), ("VOLUME NAME", "Name"))
_HEADINGS = {"Scope": "SCOPE", "Mountpoint": "MOUNTPOINT", "Labels": "LABELS", "Links": "LINKS", "Size": "SIZE"}
_JSON = ("Availability", "Driver", "Group", "Labels", "Links", "Mountpoint", "Name", "Scope", "Size", "Status")


def run(call: Call) -> int:
    """Print the listing, or with --quiet the names."""
    volumes = call.engine.volumes.list(call.pairs("filter"))
    if call.flag("quiet"):
        print_ids([volume.name for volume in volumes])
        return 0
    rows = []
    for volume in volumes:
        labels = dict(volume.labels)
        rows.append(
            {
                "Name": volume.name,
                "Driver": volume.driver,
                "Scope": "local",
                "Mountpoint": volume.mountpoint,
                "Labels": labels_text(labels),
                "Label": lambda key, labels=labels: labels.get(key, ""),
                "Options": dict(volume.options),
                "CreatedAt": format_rfc3339(volume.created_at_ns),
                "Anonymous": volume.anonymous,
                "UID": volume.uid,
                "GID": volume.gid,
                "NeedsCopyUp": volume.needs_copy_up,
                "NeedsChown": False,
                "Timeout": 0,
                "StorageID": "",
                "LockNumber": 0,
                "MountCount": volume.mount_count,
                "Links": "N/A",
                "Size": "N/A",
                "Status": "N/A",
                "Availability": "N/A",
                "Group": "N/A",
            }
        )
    print_listing(call, rows, Columns(_COLUMNS, _HEADINGS, _JSON), lambda: _objects(volumes))
    return 0


def _objects(volumes: Sequence[Volume]) -> list[dict[str, Any]]:
    return [volume_object(volume) for volume in volumes]
