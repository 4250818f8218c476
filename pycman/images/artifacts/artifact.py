"""An artifact as a value, and the manifests of new ones (image-spec v1.1, manifest.md). Pure."""

from __future__ import annotations

from pycman.digest import Descriptor
from pycman.errors import Corrupt, Unsupported
from pycman.images.manifest import DOCKER_CONFIG, OCI_CONFIG, OCI_MANIFEST, Manifest, descriptor_object, parse_manifest
from pycman.jsontext import format_json, parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

UNKNOWN_TYPE = "application/vnd.unknown.artifact.v1"
"""The type of an artifact for which nobody gave one."""
TITLE = "org.opencontainers.image.title"
CREATED = "org.opencontainers.image.created"
EMPTY = b"{}"
EMPTY_CONFIG = Descriptor(
    media_type="application/vnd.oci.empty.v1+json",
    digest="sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    size_bytes=len(EMPTY),
)


class Artifact(Record):
    """An artifact of the store. `manifest` are the bytes of its manifest, `created_at_ns` when this store got it (since 1970)."""

    name: str
    digest: str
    manifest: bytes
    created_at_ns: int

    @property
    def parsed(self) -> Manifest:
        """Return the manifest. Raises Corrupt."""
        return parse_artifact(self.manifest, subject=self.name)

    @property
    def size_bytes(self) -> int:
        """Return the bytes of all its blobs but the config."""
        return sum(layer.size_bytes for layer in self.parsed.layers)

    @property
    def type(self) -> str:
        """Return its artifactType, else the media type of its config."""
        document = parse_json(self.manifest, subject=self.name)
        return str(document.get("artifactType") or self.parsed.config.media_type)

    def inspected(self) -> dict[str, Any]:
        """Return all details under podman's names."""
        document = parse_json(self.manifest, subject=self.name)
        return {"Manifest": document, "Name": self.name, "Digest": self.digest}


def parse_artifact(raw: bytes, media_type: str = "", *, subject: str) -> Manifest:
    """Return the manifest of an artifact. Raises Corrupt, Unsupported for an index and for a container image."""
    parsed = parse_manifest(raw, media_type, subject=subject)
    if not isinstance(parsed, Manifest):
        raise Unsupported("it is an index", subject=subject, hint="name one of its manifests by NAME@DIGEST")
    if parsed.config.media_type in (OCI_CONFIG, DOCKER_CONFIG) and "artifactType" not in parse_json(raw):
        raise Unsupported("it is a container image and no artifact", subject=subject, hint="get it with pycman pull")
    return parsed


def new_manifest(layers: Sequence[Descriptor], type: str, annotations: Mapping[str, str]) -> bytes:
    """Return the bytes of a manifest of files. Raises Corrupt if two have the same title."""
    titles = [title_of(layer) for layer in layers]
    for title in titles:
        if title and titles.count(title) > 1:
            raise Corrupt("two files of the artifact have this name", subject=title)
    config = {**descriptor_object(EMPTY_CONFIG), "data": "e30="}
    document: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": type or UNKNOWN_TYPE,
        "config": config,
        "layers": [descriptor_object(layer) for layer in layers],
    }
    if annotations:
        document["annotations"] = dict(annotations)
    return format_json(document).encode()


def title_of(layer: Descriptor) -> str:
    """Return the file's name that a layer has, "" if none."""
    return str(layer.annotations.get(TITLE, ""))


_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"), (b"PK\x03\x04", "application/zip"), (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"\x00asm", "application/wasm"),
)  # fmt: skip
_CONTROLS = frozenset(range(0x20)) - frozenset(b"\t\n\x0c\r\x1b")


def media_type_of(start: bytes) -> str:
    """Return the media type of content by its first 512 bytes (WHATWG MIME Sniffing, "Identifying a resource with an unknown MIME type")."""
    for signature, media_type in _SIGNATURES:
        if start.startswith(signature):
            return media_type
    return "application/octet-stream" if _CONTROLS.intersection(start[:512]) else "text/plain; charset=utf-8"
