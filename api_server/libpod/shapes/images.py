"""Images and manifest lists as podman's JSON (entities.ImageSummary, inspect.ImageData). Pure."""

from __future__ import annotations

from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.images.image import Image, RemoveReport
    from pycman.images.make.history import HistoryEntry

_S = 10**9


def image_summary(image: Image, history: list[str], shared_bytes: int = 0) -> dict[str, Any]:
    """Return an entry of the listing; `history` has the names that it has and had."""
    return {
        "Id": image.id,
        "ParentId": image.parent_id,
        "RepoTags": list(image.names),
        "RepoDigests": list(image.digests),
        "Created": image.created_at_ns // _S,
        "Size": image.size_bytes,
        "SharedSize": shared_bytes,
        "VirtualSize": image.size_bytes,
        "Labels": dict(image.labels) or None,
        "Containers": image.containers,
        **({"Dangling": True} if image.dangling else {}),
        "Arch": image.architecture,
        "Digest": image.manifest_digest,
        "History": history,
        "IsManifestList": image.is_list,
        "Names": list(image.names),
        "Os": image.os,
    }


def image_object(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return an inspection; a health check that is not there is no field."""
    found = dict(inspected)
    if found.get("Healthcheck") is None:
        found.pop("Healthcheck", None)
    return found


def history_object(entry: HistoryEntry) -> dict[str, Any]:
    """Return one step of an image."""
    return {
        "Id": entry.id or "<missing>",
        "Created": entry.created_at_ns // _S,
        "CreatedBy": entry.created_by,
        "Tags": list(entry.tags) or None,
        "Size": entry.size_bytes,
        "Comment": entry.comment,
    }


def removal(report: RemoveReport, deleted: list[str], untagged: list[str]) -> None:
    """Add the result of one removal to those of others."""
    deleted += [each.removeprefix("sha256:") for each in report.deleted]
    untagged += report.untagged


def usage_row(row: Any, name: str) -> dict[str, Any]:
    """Return an image of `system df` under one of its names, "" for none."""
    repository, _, tag = name.rpartition(":") if name else ("<none>", "", "<none>")
    return {
        "Repository": repository,
        "Tag": tag,
        "ImageID": row.id,
        "Created": format_rfc3339(row.created_at_ns),
        "Size": row.size_bytes,
        "SharedSize": row.shared_bytes,
        "UniqueSize": row.unique_bytes,
        "Containers": row.containers,
    }
