"""One image of a manifest list, and a list as the bytes of an index (image-spec image-index.md; Docker's list beside). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.images.manifest import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from pycman.jsontext import format_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FORMATS = {"": "", "oci": OCI_INDEX, "v2s2": DOCKER_INDEX, "docker": DOCKER_INDEX}


class ListEntry(Record):
    """One image: the descriptor of its manifest and its platform.

    `image_id` is that of an image of the store, "" for one that stays in a registry, at `repository`.
    """

    digest: str
    size_bytes: int
    media_type: str
    os: str = ""
    architecture: str = ""
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    annotations: Mapping[str, str] = {}
    image_id: str = ""
    repository: str = ""

    @property
    def platform(self) -> str:
        """Return "os/architecture[/variant]"."""
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


class ManifestList(Record):
    """A list: its full name, id (64 hex digits), entries in order, and annotations."""

    name: str
    id: str
    entries: tuple[ListEntry, ...] = ()
    annotations: Mapping[str, str] = {}


def index_type(manifest_list: ManifestList, format: str = "") -> str:
    """Return the media type of the index: what `format` asks for, else Docker's unless something of it is OCI's.

    Raises InvalidInput.
    """
    if format not in FORMATS:
        raise InvalidInput("not a manifest format", subject=format, hint="use oci or v2s2")
    of_docker = all(entry.media_type == DOCKER_MANIFEST for entry in manifest_list.entries)
    of_docker = of_docker and not manifest_list.annotations
    return FORMATS[format] or (DOCKER_INDEX if of_docker else OCI_INDEX)


def index_object(manifest_list: ManifestList, format: str = "") -> dict[str, Any]:
    """Return a list as the JSON object of an index; equal lists give equal objects. Raises InvalidInput."""
    media_type = index_type(manifest_list, format)
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [_descriptor(entry, oci=media_type == OCI_INDEX) for entry in manifest_list.entries],
    }
    if manifest_list.annotations and media_type == OCI_INDEX:
        document["annotations"] = dict(manifest_list.annotations)
    return document


def index_bytes(manifest_list: ManifestList, format: str = "") -> bytes:
    """Return the bytes of the index. Raises InvalidInput."""
    return format_json(index_object(manifest_list, format)).encode()


def _descriptor(entry: ListEntry, *, oci: bool) -> dict[str, Any]:
    platform: dict[str, Any] = {"architecture": entry.architecture, "os": entry.os or "linux"}
    optional = {
        "os.version": entry.os_version,
        "os.features": list(entry.os_features),
        "variant": entry.variant,
        "features": list(entry.features),
    }
    platform |= {name: value for name, value in optional.items() if value}
    descriptor = {
        "mediaType": entry.media_type or OCI_MANIFEST,
        "size": entry.size_bytes,
        "digest": entry.digest,
        "platform": platform,
    }
    return descriptor | ({"annotations": dict(entry.annotations)} if entry.annotations and oci else {})
