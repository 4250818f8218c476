"""images: list images."""

from __future__ import annotations

import time

from cli.output.listing import Columns, print_ids, print_listing, sort_key
from cli.output.words import ago, familiar_name, human_size, local_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cli.call import Call
    from pycman.images.image import Image

_HEADINGS = {
    "Digest": "DIGEST", "CreatedAt": "CREATED AT", "Containers": "CONTAINERS", "SharedSize": "SHARED SIZE",
    "UniqueSize": "UNIQUE SIZE", "VirtualSize": "SIZE",
}  # fmt: skip
_JSON = ("Containers", "CreatedAt", "CreatedSince", "Digest", "ID", "Repository", "SharedSize", "Size", "Tag",
         "UniqueSize", "VirtualSize")  # fmt: skip
_SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "created": lambda row: -row["_created"],
    "id": lambda row: row["ID"],
    "repository": lambda row: (row["Repository"], row["Tag"]),
    "size": lambda row: row["_size"],
    "tag": lambda row: row["Tag"],
}


def run(call: Call) -> int:
    """Print one row for each name of each image."""
    name = call.arguments[0] if call.arguments else ""
    images = call.engine.images.list(call.pairs("filter"), all=call.flag("all"), name=name)
    whole = call.flag("no-trunc")
    if call.flag("quiet"):
        print_ids(list(dict.fromkeys(_id(image, whole=whole) for image in images)))
        return 0
    now = time.time_ns()
    rows = [row for image in images for row in _rows(call, image, now, whole=whole)]
    sort = sort_key(call, _SORTS)
    if sort:
        rows.sort(key=_SORTS[sort])
    columns = [("REPOSITORY", "Repository"), ("TAG", "Tag")]
    if call.flag("digests"):
        columns.append(("DIGEST", "Digest"))
    columns += [("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size")]
    print_listing(call, rows, Columns(columns, _HEADINGS, _JSON), lambda: _objects(images))
    return 0


def _objects(images: Sequence[Image]) -> list[dict[str, Any]]:
    from cli.output.podman import image_object  # only imported when called as podman with --format json

    return [image_object(image) for image in images]


def _id(image: Image, *, whole: bool) -> str:
    return f"sha256:{image.id}" if whole else image.id[:12]


def _rows(call: Call, image: Image, now: int, *, whole: bool) -> list[dict[str, Any]]:
    """Return one row for each tag, else for each repository (from digests), else one row of <none>."""
    pairs = [(name.rpartition(":")[0], name.rpartition(":")[2]) for name in image.names]
    if not pairs:
        repositories = dict.fromkeys(digest.partition("@")[0] for digest in image.digests)
        pairs = [(repository, "<none>") for repository in repositories] or [("<none>", "<none>")]
    if call.habits.familiar_names:
        pairs = [(familiar_name(repository), tag) for repository, tag in pairs]
    digests: dict[str, str] = {}
    for repository, _, digest in (digest.partition("@") for digest in image.digests):
        digests.setdefault(familiar_name(repository), digest)
    return [
        _row(call, image, repository, tag, digests.get(familiar_name(repository), ""), now, whole=whole)
        for repository, tag in pairs
    ]


def _row(call: Call, image: Image, repository: str, tag: str, digest: str, now: int, *, whole: bool) -> dict[str, Any]:
    size = human_size(image.size_bytes)
    created = image.created_at_ns
    since, created_at = ago(created, now), local_time(created)
    return {
        "ID": _id(image, whole=whole),
        "Id": image.id,
        "Repository": repository,
        "Tag": tag,
        "Digest": digest or (image.manifest_digest if tag != "<none>" else "<none>"),
        "CreatedSince": since,
        "CreatedAt": created_at,
        "Created": since,
        "Size": size,
        "VirtualSize": size,
        "SharedSize": "N/A",
        "UniqueSize": "N/A",
        "Containers": "N/A",
        "Labels": dict(image.labels),
        "Label": lambda key: image.labels.get(key, ""),
        "Names": list(image.names),
        "History": lambda: ", ".join((*image.names, *call.engine.images.former_names(image.id))),
        "CreatedTime": created_at,
        "RepoTags": list(image.names),
        "RepoDigests": list(image.digests),
        "Arch": image.architecture,
        "Os": image.os,
        "Dangling": image.dangling,
        "IsDangling": image.dangling,
        "IsManifestList": image.is_list,
        "ReadOnly": False,
        "IsReadOnly": False,
        "ParentId": image.parent_id,
        "_created": created,
        "_size": image.size_bytes,
    }
