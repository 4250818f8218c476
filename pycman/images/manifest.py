"""Manifests and indexes, OCI and Docker schema 2: bytes in, values out; the bytes themselves are kept. Pure.

Sources: OCI image-spec v1.1 manifest.md, image-index.md; distribution, "Image Manifest V 2, Schema 2".
"""

from __future__ import annotations

from pycman.digest import Descriptor, check_digest
from pycman.errors import Corrupt, InvalidInput, Unsupported
from pycman.jsontext import format_json, parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
_LAYERS = (
    OCI_LAYER,
    DOCKER_LAYER,
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
)
ACCEPTED = (OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_INDEX)
LIMIT_BYTES = 4 << 20
"""The distribution spec asks registries to take at least this; larger ones are refused."""


class Manifest(Record):
    """One image: its config and its layers, bottom first. `raw` are the bytes as received."""

    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str]
    raw: bytes


class IndexEntry(Record):
    """One image of an index and the platform it is for."""

    descriptor: Descriptor
    os: str = ""
    architecture: str = ""
    variant: str = ""


class Index(Record):
    """Several images, one a platform."""

    media_type: str
    entries: tuple[IndexEntry, ...]
    annotations: Mapping[str, str]
    raw: bytes


def parse_manifest(raw: bytes, media_type: str = "", *, subject: str = "manifest") -> Manifest | Index:
    """Return what the bytes say. Raises Corrupt (no manifest), Unsupported (schema 1, other kinds)."""
    if len(raw) > LIMIT_BYTES:
        raise Corrupt(f"larger than the {LIMIT_BYTES} bytes a manifest may have", subject=subject)
    document = parse_json(raw, subject=subject)
    if not isinstance(document, dict):
        raise Corrupt("not a JSON object", subject=subject)
    if document.get("schemaVersion") == 1:
        raise Unsupported("manifests of schema 1 are no longer supported", subject=subject, hint="push the image again")
    try:
        kind = _kind(document, media_type.partition(";")[0].strip())
        if kind in (OCI_INDEX, DOCKER_INDEX):
            return _index(document, kind, raw)
        return Manifest(
            media_type=kind,
            config=_descriptor(document["config"]),
            layers=tuple(_descriptor(layer) for layer in document.get("layers") or ()),
            annotations=document.get("annotations") or {},
            raw=raw,
        )
    except (KeyError, TypeError, AttributeError, ValueError, InvalidInput) as error:
        raise Corrupt(f"not a valid manifest: {error}", subject=subject) from error


def _kind(document: Mapping[str, Any], told: str) -> str:
    """Return the media type of a manifest. Two that differ, or a manifest that is also an index, mean different images to
    different readers (CVE-2021-41190): neither is taken.
    """
    own = document.get("mediaType", "")
    if "manifests" in document and ("layers" in document or "config" in document):
        raise ValueError("it is an index and an image at once")
    if own in ACCEPTED and told in ACCEPTED and own != told:
        raise ValueError(f"it calls itself {own} and was sent as {told}")
    kind = own if own in ACCEPTED else told
    if kind not in ACCEPTED:
        return OCI_INDEX if "manifests" in document else OCI_MANIFEST
    return str(kind)


def _index(document: Mapping[str, Any], kind: str, raw: bytes) -> Index:
    entries = []
    for each in document["manifests"]:
        platform = each.get("platform") or {}
        entries.append(
            IndexEntry(
                descriptor=_descriptor(each),
                os=platform.get("os", ""),
                architecture=platform.get("architecture", ""),
                variant=platform.get("variant", ""),
            )
        )
    return Index(media_type=kind, entries=tuple(entries), annotations=document.get("annotations") or {}, raw=raw)


def _descriptor(value: Mapping[str, Any]) -> Descriptor:
    size = value["size"]
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"{size!r} is not a size")
    return Descriptor(
        media_type=str(value.get("mediaType", "")),
        digest=check_digest(str(value["digest"])),
        size_bytes=size,
        annotations=value.get("annotations") or {},
        urls=tuple(value.get("urls") or ()),
    )


def format_manifest(media_type: str, config: Descriptor, layers: Sequence[Descriptor]) -> bytes:
    """Return the bytes of a new manifest; equal input gives equal bytes."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": descriptor_object(config),
        "layers": [descriptor_object(layer) for layer in layers],
    }
    return format_json(document).encode()


def descriptor_object(descriptor: Descriptor) -> dict[str, Any]:
    """Return a descriptor as JSON has it."""
    found: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size_bytes,
    }
    if descriptor.annotations:
        found["annotations"] = dict(descriptor.annotations)
    return found


def check_image(manifest: Manifest, *, subject: str) -> None:
    """Raise Unsupported for what is no container image (a chart, a signature) or has layers that cannot be unpacked."""
    kind = manifest.config.media_type
    if kind not in ("", OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream"):
        raise Unsupported(f"it is no container image ({kind})", subject=subject, hint="fetch it with oras or skopeo")
    for layer in manifest.layers:
        if layer.media_type.endswith("+encrypted"):
            raise Unsupported("its layers are encrypted", subject=subject, hint="decrypt it with skopeo copy first")
        if layer.media_type and not layer.media_type.startswith(_LAYERS):
            raise Unsupported(f"it has a layer that is no tar ({layer.media_type})", subject=subject)


def diff_ids(config: Mapping[str, Any], *, subject: str = "config") -> tuple[str, ...]:
    """Return the diff ids of an image's config, bottom first. Raises Corrupt."""
    try:
        found = (config.get("rootfs") or {}).get("diff_ids") or ()
        return tuple(check_digest(str(each)) for each in found)
    except (InvalidInput, AttributeError, TypeError) as error:
        raise Corrupt("its diff ids are not digests", subject=subject) from error
