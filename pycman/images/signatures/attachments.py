"""Signatures in the registry, beside the image: a manifest with the tag ALGORITHM-HEX.sig, each of whose layers is a payload
with its signature as an annotation (cosign, specs/SIGNATURE_SPEC.md).
"""

from __future__ import annotations

import io

from pycman.digest import Descriptor, VerifiedReader, digest_bytes
from pycman.errors import Corrupt, NotFound, WrongState
from pycman.images.manifest import OCI_CONFIG, OCI_MANIFEST, Manifest, descriptor_object, parse_manifest
from pycman.images.signatures.blob import (
    MAX_BYTES,
    MAX_COUNT,
    SIGSTORE_MEDIA_TYPE,
    SigstoreSignature,
    check_annotations,
)
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.registry.client import Client

SIGNATURE = "dev.cosignproject.cosign/signature"
LOG_ENTRY = "dev.sigstore.cosign/bundle"


def tag_of(digest: str) -> str:
    """Return the tag of the attachments of a manifest."""
    return f"{digest.replace(':', '-')}.sig"


def read_attachments(client: Client, digest: str) -> list[SigstoreSignature]:
    """Return the signatures of the manifest `digest`. Raises Corrupt (too many, too large, not such a manifest), and the client's errors."""
    manifest = _manifest(client, digest)
    if manifest is None:
        return []
    layers = [layer for layer in manifest.layers if layer.media_type == SIGSTORE_MEDIA_TYPE]
    if len(layers) > MAX_COUNT:
        raise Corrupt(f"there are more than {MAX_COUNT} signatures", subject=tag_of(digest))
    return [
        SigstoreSignature(
            media_type=layer.media_type,
            payload=_payload(client, layer),
            annotations=check_annotations(layer.annotations),
        )
        for layer in layers
    ]


def _manifest(client: Client, digest: str) -> Manifest | None:
    tag = tag_of(digest)
    try:
        raw, media_type, _ = client.manifest(tag, (OCI_MANIFEST,))
    except NotFound:
        return None
    parsed = parse_manifest(raw, media_type, subject=tag)
    if not isinstance(parsed, Manifest) or parsed.media_type != OCI_MANIFEST:
        raise Corrupt("it is not an OCI manifest, as signatures have", subject=tag)
    return parsed


def _payload(client: Client, layer: Descriptor) -> bytes:
    if layer.size_bytes > MAX_BYTES:
        raise Corrupt(f"a signature has at most {MAX_BYTES} bytes", subject=layer.digest)
    reader = VerifiedReader(client.blob(layer.digest), layer.digest, layer.size_bytes)
    data = b""
    while chunk := reader.read(MAX_BYTES):
        data += chunk
    return data


def add_attachment(client: Client, digest: str, payload: bytes, signature: str) -> None:
    """Add a signature to those of the manifest `digest`. Raises the client's errors; WrongState if there are too many."""
    present = _manifest(client, digest)
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": []}
    if present is not None:
        document = parse_json(present.raw)
    layers: list[dict[str, Any]] = document.get("layers") or []
    if len(layers) >= MAX_COUNT:
        raise WrongState(f"there are already {MAX_COUNT} signatures, the most that are read", subject=tag_of(digest))
    layer = Descriptor(
        media_type=SIGSTORE_MEDIA_TYPE,
        digest=_upload(client, payload),
        size_bytes=len(payload),
        annotations={SIGNATURE: signature},
    )
    layers.append(descriptor_object(layer))
    config = _config([str(each["digest"]) for each in layers])
    described = Descriptor(media_type=OCI_CONFIG, digest=_upload(client, config), size_bytes=len(config))
    document |= {"config": descriptor_object(described), "layers": layers}
    client.put_manifest(tag_of(digest), format_json(document).encode(), OCI_MANIFEST)


def _config(digests: list[str]) -> bytes:
    """Return the config of such a manifest; payloads are not compressed, so their digests are their diff ids."""
    return format_json(
        {"architecture": "", "os": "", "config": {}, "rootfs": {"type": "layers", "diff_ids": digests}}
    ).encode()


def _upload(client: Client, data: bytes) -> str:
    digest = digest_bytes(data)
    if not client.has_blob(digest):
        client.upload_blob(digest, len(data), lambda: io.BytesIO(data))
    return digest
