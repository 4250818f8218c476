"""Manifests and indexes, OCI and Docker schema 2: parsed into values that keep the bytes as received. Pure.

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
"""What a registry must accept at least (distribution-spec, "Pushing Manifests"); larger manifests are refused."""
_MOST_LAYERS = 500
"""Linux stacks no more of them (fs/overlayfs/params.c, OVL_MAX_STACK); without a limit a manifest of 3 MB makes 20,000 directories."""


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
    """An index (manifest list): several images, one for each platform. `raw` are the bytes as received."""

    media_type: str
    entries: tuple[IndexEntry, ...]
    annotations: Mapping[str, str]
    raw: bytes


def parse_manifest(raw: bytes, media_type: str = "", *, subject: str = "manifest") -> Manifest | Index:
    """Parse a manifest or index sent with this Content-Type ("": unknown). Raises Corrupt, Unsupported (schema 1)."""
    if len(raw) > LIMIT_BYTES:
        raise Corrupt(f"larger than {LIMIT_BYTES} bytes, the most that a manifest may have", subject=subject)
    document = parse_json(raw, subject=subject)
    if not isinstance(document, dict):
        raise Corrupt("not a JSON object", subject=subject)
    if document.get("schemaVersion") == 1:
        raise Unsupported("manifests of schema 1 are no longer supported", subject=subject, hint="push the image again")
    try:
        kind = _media_type(document, media_type.partition(";")[0].strip())
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


def _media_type(document: Mapping[str, Any], content_type: str) -> str:
    """Return the media type of a manifest. Raises ValueError if mediaType and Content-Type differ, or if it is both an
    index and a manifest: programs would read different images from it (CVE-2021-41190).
    """
    declared = document.get("mediaType", "")
    if "manifests" in document and ("layers" in document or "config" in document):
        raise ValueError("it is both an index and a manifest")
    if declared in ACCEPTED and content_type in ACCEPTED and declared != content_type:
        raise ValueError(f"its mediaType is {declared}, but it was sent as {content_type}")
    kind = declared if declared in ACCEPTED else content_type
    if kind not in ACCEPTED:
        return OCI_INDEX if "manifests" in document else OCI_MANIFEST
    return str(kind)


def _index(document: Mapping[str, Any], kind: str, raw: bytes) -> Index:
    entries = []
    for entry in document["manifests"]:
        platform = entry.get("platform") or {}
        entries.append(
            IndexEntry(
                descriptor=_descriptor(entry),
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


def layer_media_type(blob_media_type: str, *, docker: bool) -> str:
    """Return the media type of a layer for an OCI or Docker manifest, with the compression that its blob has."""
    suffix = "gzip" if "gzip" in blob_media_type else "zstd" if "zstd" in blob_media_type else ""
    if docker:
        return f"{DOCKER_LAYER}.{suffix}" if suffix else DOCKER_LAYER
    return f"{OCI_LAYER}+{suffix}" if suffix else OCI_LAYER


def format_manifest(
    media_type: str, config: Descriptor, layers: Sequence[Descriptor], annotations: Mapping[str, str] | None = None
) -> bytes:
    """Return the bytes of a new manifest; equal arguments give equal bytes."""
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": descriptor_object(config),
        "layers": [descriptor_object(layer) for layer in layers],
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return format_json(document).encode()


def descriptor_object(descriptor: Descriptor) -> dict[str, Any]:
    """Return a descriptor as a JSON object (image-spec, descriptor.md)."""
    value: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size_bytes,
    }
    if descriptor.annotations:
        value["annotations"] = dict(descriptor.annotations)
    return value


def check_image(manifest: Manifest, *, subject: str) -> None:
    """Raise Unsupported unless it is a container image (not a chart or signature) whose layers can be unpacked."""
    kind = manifest.config.media_type
    if kind not in ("", OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream"):
        raise Unsupported(f"it is not a container image ({kind})", subject=subject, hint="fetch it with oras or skopeo")
    for layer in manifest.layers:
        if layer.media_type.endswith("+encrypted"):
            raise Unsupported("its layers are encrypted", subject=subject, hint="decrypt it with skopeo copy first")
        if layer.media_type and not layer.media_type.startswith(_LAYERS):
            raise Unsupported(f"it has a layer that is not a tar ({layer.media_type})", subject=subject)


def diff_ids(config: Mapping[str, Any], *, subject: str = "config") -> tuple[str, ...]:
    """Return the diff ids (rootfs.diff_ids) of an image's config, bottom first. Raises Corrupt, Unsupported (too many to be mounted)."""
    try:
        digests = (config.get("rootfs") or {}).get("diff_ids") or ()
        if len(digests) > _MOST_LAYERS:
            raise Unsupported(
                f"it has {len(digests)} layers, and {_MOST_LAYERS} can be mounted",
                subject=subject,
                hint="squash its layers where it is built",
            )
        return tuple(check_digest(str(digest)) for digest in digests)
    except (InvalidInput, AttributeError, TypeError) as error:
        raise Corrupt("its diff ids are not digests", subject=subject) from error
