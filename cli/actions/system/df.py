"""system df: what images, containers and volumes take."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import ago, human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call
    from pycman.system.disk_usage import DiskUsage

_SHOWN = (
    ("TYPE", "Type"),
    ("TOTAL", "TotalCount"),
    ("ACTIVE", "Active"),
    ("SIZE", "Size"),
    ("RECLAIMABLE", "Reclaimable"),
)
_JSON = ("Active", "Reclaimable", "Size", "TotalCount", "Type")


def run(call: Call) -> int:
    """Print the totals, or with --verbose every object."""
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
        )
    ]
    print_listing(call, rows, Columns(_SHOWN, {}, _JSON))
    return 0


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
        (i.names[0] if i.names else "<none>", i.id[:12], ago(i.created_at_ns), human_size(i.size_bytes), human_size(i.shared_bytes),
         human_size(i.unique_bytes), i.containers)
        for i in usage.image_rows
    ]  # fmt: skip
    containers = [
        (c.id[:12], c.image, c.name, c.state, human_size(c.size_bytes), ago(c.created_at_ns))
        for c in usage.container_rows
    ]
    volumes = [(v.name, v.links, human_size(v.size_bytes)) for v in usage.volume_rows]
    for title, headings, rows in (
        ("Images", ("IMAGE", "IMAGE ID", "CREATED", "SIZE", "SHARED", "UNIQUE", "CONTAINERS"), images),
        ("Containers", ("CONTAINER ID", "IMAGE", "NAME", "STATE", "SIZE", "CREATED"), containers),
        ("Local Volumes", ("VOLUME NAME", "LINKS", "SIZE"), volumes),
    ):
        call.print(f"{title} space usage:\n")
        call.print(tabulate(rows, headers=headings, tablefmt="plain") + "\n")
