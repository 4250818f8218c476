"""system df: print the disk space that images, containers and volumes take."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import ago, cut, human_size
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
_IMAGES = ("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS")
_CONTAINERS = ("CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES")
_JSON = ("Active", "Reclaimable", "Size", "TotalCount", "Type")


def run(call: Call) -> int:
    """Print one line of totals for each kind, or with --verbose every object."""
    usage = call.engine.system.disk_usage()
    if call.flag("verbose"):
        _print_objects(call, usage)
        return 0
    rows = [
        _row(call, name, total)
        for name, total in (
            ("Images", usage.images),
            ("Containers", usage.containers),
            ("Local Volumes", usage.volumes),
            ("Build Cache", _builds(call)),
        )
    ]
    print_listing(call, rows, Columns(_COLUMNS, {}, () if call.habits.json_array else _JSON))
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


def _row(call: Call, name: str, total: Any) -> dict[str, Any]:
    percent = 100 * total.reclaimable_bytes // (total.size_bytes or 1)
    share = f" ({percent}%)" if total.size_bytes or call.habits.percent_of_nothing else ""
    return {
        "Type": name,
        "Total": total.total,
        "Active": total.active,
        "RawSize": total.size_bytes,
        "RawReclaimable": total.reclaimable_bytes,
        "TotalCount": total.total,
        "Size": human_size(total.size_bytes),
        "Reclaimable": human_size(total.reclaimable_bytes) + share,
    }


def _repository_and_tag(names: tuple[str, ...]) -> tuple[str, str]:
    repository, colon, tag = (names[0] if names else "").rpartition(":")
    return (repository, tag) if colon else ("<none>", "<none>")


def _print_objects(call: Call, usage: DiskUsage) -> None:
    from tabulate import tabulate  # 70 ms: a report people read

    images = [
        (
            *_repository_and_tag(image.names),
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
            container.image_id[:12] if call.habits.podman_rows else container.image,
            cut(" ".join(container.command), 20),
            container.volumes,
            human_size(container.size_bytes),
            ago(container.created_at_ns),
            container.state,
            container.name,
        )
        for container in usage.container_rows
    ]
    volumes = [(volume.name, volume.links, human_size(volume.size_bytes)) for volume in usage.volume_rows]
    for title, headings, rows in (
        ("Images", _IMAGES, images),
        ("Containers", _CONTAINERS, containers),
        ("Local Volumes", ("VOLUME NAME", "LINKS", "SIZE"), volumes),
    ):
        call.print(f"{title} space usage:\n")
        call.print(tabulate(rows, headers=headings, tablefmt="plain") + "\n")
