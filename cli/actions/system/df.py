"""system df: print the disk space that images, containers and volumes take."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import ago, human_size
from pycman.system.disk_usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call
    from pycman.system.disk_usage import DiskUsage

_COLUMNS = (
    ("TYPE", "Type"),
    ("TOTAL", "TotalCount"),
    ("ACTIVE", "Active"),
    ("SIZE", "Size"),
    ("RECLAIMABLE", "Reclaimable"),
)
_JSON = ("Active", "Reclaimable", "Size", "TotalCount", "Type")


def run(call: Call) -> int:
    """Print one line of totals for each kind, or with --verbose every object."""
    usage = call.engine.system.disk_usage()
    if call.flag("verbose"):
        _print_objects(call, usage)
        return 0
    rows = [
        _row(name, total)
        for name, total in (
            ("Images", usage.images),
            ("Containers", usage.containers),
            ("Local Volumes", usage.volumes),
            ("Build Cache", _builds(call)),
        )
    ]
    print_listing(call, rows, Columns(_COLUMNS, {}, _JSON))
    return 0


def _builds(call: Call) -> Usage:
    """Return the line of the cache of builds: a step whose layer an image has takes nothing more."""
    entries = call.engine.images.build_cache()
    alone = sum(entry.size_bytes for entry in entries if not entry.in_use)
    return Usage(
        kind="Build Cache",
        total=len(entries),
        active=sum(entry.in_use for entry in entries),
        size_bytes=alone,
        reclaimable_bytes=alone,
    )


def _row(name: str, total: Any) -> dict[str, Any]:
    share = f" ({100 * total.reclaimable_bytes // total.size_bytes}%)" if total.size_bytes else ""
    return {
        "Type": name,
        "TotalCount": total.total,
        "Total": total.total,
        "Active": total.active,
        "Size": human_size(total.size_bytes),
        "Reclaimable": human_size(total.reclaimable_bytes) + share,
        "RawSize": total.size_bytes,
        "RawReclaimable": total.reclaimable_bytes,
    }


def _print_objects(call: Call, usage: DiskUsage) -> None:
    from tabulate import tabulate  # 70 ms: a report people read

    images = [
        (
            image.names[0] if image.names else "<none>",
            image.id[:12],
            ago(image.created_at_ns),
            human_size(image.size_bytes),
            human_size(image.shared_bytes),
            human_size(image.unique_bytes),
            image.containers,
        )
        for image in usage.image_rows
    ]
    containers = [
        (
            container.id[:12],
            container.image,
            container.name,
            container.state,
            human_size(container.size_bytes),
            ago(container.created_at_ns),
        )
        for container in usage.container_rows
    ]
    volumes = [(volume.name, volume.links, human_size(volume.size_bytes)) for volume in usage.volume_rows]
    for title, headings, rows in (
        ("Images", ("IMAGE", "IMAGE ID", "CREATED", "SIZE", "SHARED", "UNIQUE", "CONTAINERS"), images),
        ("Containers", ("CONTAINER ID", "IMAGE", "NAME", "STATE", "SIZE", "CREATED"), containers),
        ("Local Volumes", ("VOLUME NAME", "LINKS", "SIZE"), volumes),
    ):
        call.print(f"{title} space usage:\n")
        call.print(tabulate(rows, headers=headings, tablefmt="plain") + "\n")
