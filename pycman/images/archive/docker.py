"""Read docker-archive (`docker save`: manifest.json is a list) and docker-dir (skopeo's dir:, it is a manifest)."""

from __future__ import annotations

from pycman.digest import hex_of
from pycman.errors import Corrupt, InvalidInput, Unsupported
from pycman.images.archive.archive_image import ArchiveImage, diff_ids_of, image_of_manifest, opener
from pycman.images.archive.members import read_member
from pycman.images.manifest import LIMIT_BYTES, Index, parse_manifest
from pycman.images.transfer.fetch_layers import LayerSource
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.images.archive.members import Members


def read_docker_archive(members: Members, entries: Any) -> list[ArchiveImage]:
    """Return the images of the list in manifest.json. Raises Corrupt."""
    if not isinstance(entries, list) or not entries:
        raise Corrupt("it lists no image", subject="manifest.json")
    return [_image(members, entry) for entry in entries]


def _image(members: Members, entry: Any) -> ArchiveImage:
    try:
        config_name = str(entry["Config"])
        layer_names = [str(name) for name in entry.get("Layers") or ()]
        tags = [str(tag) for tag in entry.get("RepoTags") or ()]
    except (KeyError, TypeError, AttributeError) as error:
        raise Corrupt(f"an entry is not an image: {error}", subject="manifest.json") from error
    config = read_member(members, config_name, LIMIT_BYTES)
    ids = diff_ids_of(config, len(layer_names), config_name)
    missing = [name for name in layer_names if not members.has(name)]
    if missing:
        raise Corrupt("the archive lacks this layer", subject=missing[0])
    return ArchiveImage(
        config=config,
        layers=tuple(
            LayerSource(diff_id=diff_id, open=opener(members, name))
            for diff_id, name in zip(ids, layer_names, strict=True)
        ),
        names=tuple(_full_name(tag) for tag in tags),
    )


def _full_name(tag: str) -> str:
    try:
        return str(normalize_reference(tag).replace(digest=""))
    except InvalidInput as error:
        raise Corrupt(f"not the name of an image: {error.problem}", subject=tag) from error


def read_docker_directory(members: Members, raw: bytes) -> list[ArchiveImage]:
    """Return the image of a docker-dir, in a list of one. Raises Corrupt, Unsupported (an index)."""
    manifest = parse_manifest(raw, subject="manifest.json")
    if isinstance(manifest, Index):
        raise Unsupported(
            "a docker-dir with several platforms is not supported",
            subject="manifest.json",
            hint="copy one image, or use an OCI layout",
        )
    return [image_of_manifest(members, manifest, hex_of)]
