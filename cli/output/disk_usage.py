"""`system df --verbose`: tables of every image, container, volume and, for docker's readers, cached step of a build."""

from __future__ import annotations

import sys

from cli.gotemplate.evaluate import render
from cli.gotemplate.printing import typed
from cli.output.podman import podman_command
from cli.output.table import layout
from cli.output.words import ago, cut, familiar_name, human_size
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.call import Call
    from pycman.build.cache.usage import CacheEntry
    from pycman.system.disk_usage import DiskUsage

    _Row = dict[str, str]
_IMAGES = (
    ("REPOSITORY", "Repository"), ("TAG", "Tag"), ("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size"),
    ("SHARED SIZE", "SharedSize"), ("UNIQUE SIZE", "UniqueSize"), ("CONTAINERS", "Containers"),
)  # fmt: skip
_CONTAINERS = (
    ("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("COMMAND", "Command"), ("LOCAL VOLUMES", "LocalVolumes"), ("SIZE", "Size"),
    ("CREATED", "RunningFor"), ("STATUS", "Status"), ("NAMES", "Names"),
)  # fmt: skip
_VOLUMES = (("VOLUME NAME", "Name"), ("LINKS", "Links"), ("SIZE", "Size"))
_BUILDS = (
    ("CACHE ID", "ID"), ("CACHE TYPE", "CacheType"), ("SIZE", "Size"), ("CREATED", "CreatedSince"), ("LAST USED", "LastUsedSince"),
    ("USAGE", "UsageCount"), ("SHARED", "Shared"),
)  # fmt: skip


def print_details(call: Call, usage: DiskUsage) -> None:
    """Print the tables; with --format one object {Images, Containers, Volumes, BuildCache}, as JSON or by a template, as docker does."""
    podman = call.habits.podman_rows
    builds = call.engine.images.build_cache() if call.habits.df_has_builds else []
    rows: dict[str, list[_Row]] = {
        "Images": _images(usage, podman=podman),
        "Containers": _containers(usage, podman=podman),
        "Volumes": [
            {"Name": row.name, "Links": str(row.links), "Size": human_size(row.size_bytes)} for row in usage.volume_rows
        ],
        "BuildCache": [_build(entry) for entry in builds],
    }
    template = call.string("format")
    if template and template != "table":
        from cli.gotemplate.parse import parse_template  # only imported for --format

        text = format_json(rows) if template == "json" else render(parse_template(template), typed(rows))
        sys.stdout.write(text + "\n")
        return
    parts = [
        ("Images space usage:", _IMAGES, "Images"),
        ("Containers space usage:", _CONTAINERS, "Containers"),
        ("Local Volumes space usage:", _VOLUMES, "Volumes"),
    ]
    if call.habits.df_has_builds:
        alone = sum(entry.size_bytes for entry in builds if not entry.in_use)
        parts.append((f"Build cache usage: {human_size(alone)}", _BUILDS, "BuildCache"))
    texts = []
    for title, columns, name in parts:
        cells = [[heading for heading, _ in columns], *([row[field] for _, field in columns] for row in rows[name])]
        texts.append(f"{title}\n\n{layout(cells, call.habits.table_layout)}")
    sys.stdout.write("\n".join(texts))


def _images(usage: DiskUsage, *, podman: bool) -> list[_Row]:
    """Return a row for each name of each image."""
    shown: Callable[[str], str] = str if podman else familiar_name
    found = []
    for image in usage.image_rows:
        for name in image.names or ("<none>:<none>",):
            repository, _, tag = shown(name).rpartition(":")
            found.append(
                {
                    "Repository": repository,
                    "Tag": tag,
                    "ID": image.id[:12],
                    "CreatedSince": _since(image.created_at_ns, podman=podman),
                    "Size": human_size(image.size_bytes),
                    "SharedSize": human_size(image.shared_bytes),
                    "UniqueSize": human_size(image.unique_bytes),
                    "Containers": str(image.containers),
                }
            )
    return found


def _containers(usage: DiskUsage, *, podman: bool) -> list[_Row]:
    rows = [
        {
            "ID": container.id[:12],
            "Image": container.image_id[:12] if podman else familiar_name(container.image).removesuffix(":latest"),
            "Command": " ".join(podman_command(container)) if podman else f'"{cut(" ".join(container.command), 20)}"',
            "LocalVolumes": str(container.volumes),
            "Size": human_size(container.size_bytes),
            "RunningFor": _since(container.created_at_ns, podman=podman),
            "Status": container.state,
            "Names": container.name,
        }
        for container in usage.container_rows
    ]
    return rows[::-1] if podman else rows


def _build(entry: CacheEntry) -> _Row:
    return {
        "ID": entry.id[:12],
        "Parent": "",
        "CacheType": {"step": "regular", "mount": "exec.cachemount"}.get(entry.kind, entry.kind),
        "Description": entry.text,
        "InUse": str(entry.in_use).lower(),
        "Shared": str(entry.in_use).lower(),
        "Size": human_size(entry.size_bytes),
        "CreatedSince": ago(entry.created_at_ns),
        "LastUsedSince": ago(entry.used_at_ns) if entry.used_at_ns else "",
        "UsageCount": str(entry.uses),
    }


def _since(time_ns: int, *, podman: bool) -> str:
    """Return how long ago a time was; podman writes no "ago" here."""
    text = ago(time_ns)
    return text.removesuffix(" ago") if podman else text
