"""The manifest to push: the image's own, byte for byte, where that is possible, else a new one.

The own manifest is pushed if the image came from a registry or its layers are compressed, no other format or
compression is requested, and the store has all of its blobs. Otherwise layers are compressed (once: the blob is kept
for the next push) and a new manifest describes them.
"""

from __future__ import annotations

from pycman.digest import Descriptor
from pycman.errors import InvalidInput, from_os_error
from pycman.images.catalogue import layers_of, read_documents
from pycman.images.manifest import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER,
    OCI_MANIFEST,
    Manifest,
    format_manifest,
    parse_manifest,
)
from pycman.linux.files import remove_tree
from pycman.record import Record
from pycman.storage.archive_io import HashingWriter, open_compressed, open_decompressed
from pycman.storage.blobs import adopt_file, has_blob, open_blob
from pycman.storage.layers import layer_blob
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.image import Image, ImageLayer
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18
FORMATS = {"": "", "oci": OCI_MANIFEST, "v2s2": DOCKER_MANIFEST, "docker": DOCKER_MANIFEST}
COMPRESSIONS = {"": 9, "gzip": 9, "zstd": 22}
"""The highest level of each compression; "" is gzip's."""


class PushContent(Record):
    """A manifest with its media type, the config's bytes, and its layers, whose blobs are in the store."""

    raw: bytes
    media_type: str
    config: bytes
    layers: tuple[Descriptor, ...]


class PushFormat(Record):
    """Manifest format and layer compression for a push; "" keeps the image's own (gzip for layers without).

    Level -1 is fast.
    """

    format: str = ""
    compression: str = ""
    level: int = -1


def prepare_content(session: Session, image: Image, push_format: PushFormat, leased: Lease) -> PushContent:
    """Return what to push, and lease its blobs. Raises InvalidInput, NotFound (a missing blob), NoSpace."""
    media_type = _media_type(image, push_format)
    raw, config = read_documents(session, image.id)
    own = parse_manifest(raw, image.media_type, subject=image.id[:12])
    rows = layers_of(session, image.id)
    if not isinstance(own, Manifest):
        raise InvalidInput("its manifest is an index, which cannot be pushed yet", subject=image.id[:12])
    for row in rows:
        leased.add("blob", row.blob_digest)
    complete = all(has_blob(session, layer.digest) for layer in own.layers)
    compressed = all(row.blob_digest != row.diff_id for row in rows) or _came_from_registry(session, image)
    if media_type == own.media_type and complete and compressed and not push_format.compression:
        return PushContent(raw=raw, media_type=media_type, config=config, layers=own.layers)
    layers = tuple(_layer(session, row, media_type, push_format, leased) for row in rows)
    config_type = OCI_CONFIG if media_type == OCI_MANIFEST else DOCKER_CONFIG
    manifest = format_manifest(media_type, own.config.replace(media_type=config_type), layers)
    return PushContent(raw=manifest, media_type=media_type, config=config, layers=layers)


def _media_type(image: Image, push_format: PushFormat) -> str:
    """Return the media type of the manifest to push: Docker's has no zstd layers. Raises InvalidInput."""
    if push_format.format not in FORMATS:
        raise InvalidInput("not a manifest format", subject=push_format.format, hint="use oci or v2s2")
    if push_format.compression not in COMPRESSIONS:
        raise InvalidInput("not a compression", subject=push_format.compression, hint="use gzip or zstd")
    highest = COMPRESSIONS[push_format.compression]
    if not -1 <= push_format.level <= highest:
        raise InvalidInput("not a level of compression", subject=str(push_format.level), hint=f"use 1 to {highest}")
    media_type = FORMATS[push_format.format] or image.media_type or OCI_MANIFEST
    if push_format.compression == "zstd" and media_type == DOCKER_MANIFEST:
        if push_format.format:
            raise InvalidInput(f"the format {push_format.format} has no zstd", subject="zstd", hint="use --format=oci")
        return OCI_MANIFEST
    return media_type


def _came_from_registry(session: Session, image: Image) -> bool:
    record = session.db.value(
        "SELECT 1 FROM image_digests WHERE image_id = ? AND digest = ? LIMIT 1", (image.id, image.manifest_digest)
    )
    return record is not None


def _layer(session: Session, row: ImageLayer, manifest_type: str, push_format: PushFormat, leased: Lease) -> Descriptor:
    """Return a layer's descriptor: of its own blob if that has the requested compression, else of a new blob."""
    if has_blob(session, row.blob_digest):
        blob = Descriptor(media_type=row.blob_media_type, digest=row.blob_digest, size_bytes=row.blob_size_bytes)
    else:
        blob = layer_blob(session, row.chain_id)
        leased.add("blob", blob.digest)
    compression = _compression(blob, row.diff_id)
    if compression and push_format.compression in ("", compression):
        return blob.replace(media_type=_layer_type(manifest_type, compression), annotations={}, urls=())
    return _compress(
        session,
        blob,
        row.diff_id,
        push_format.replace(compression=push_format.compression or "gzip"),
        manifest_type,
        leased,
    )


def _compression(blob: Descriptor, diff_id: str) -> str:
    if blob.digest == diff_id:
        return ""
    return "zstd" if "zstd" in blob.media_type else "gzip"


def _layer_type(manifest_type: str, compression: str) -> str:
    if manifest_type == OCI_MANIFEST:
        return f"{OCI_LAYER}+{compression}"
    return f"{DOCKER_LAYER}.{compression}"


def _compress(
    session: Session, blob: Descriptor, diff_id: str, push_format: PushFormat, manifest_type: str, leased: Lease
) -> Descriptor:
    """Return the layer in another compression; a blob compressed for an earlier push is found by its diff id."""
    media_type = _layer_type(manifest_type, push_format.compression)
    existing = session.db.row(
        "SELECT digest, size_bytes FROM blobs WHERE diff_id = ? AND digest NOT IN (?, ?) AND media_type LIKE ?",
        (diff_id, diff_id, blob.digest, f"%{push_format.compression}"),
    )
    if existing is not None and push_format.level < 0 and has_blob(session, existing["digest"]):
        leased.add("blob", existing["digest"])
        return Descriptor(media_type=media_type, digest=existing["digest"], size_bytes=existing["size_bytes"])
    path = scratch_path(session, "push")
    try:
        with open(path, "xb") as file, open_blob(session, blob.digest) as source:
            hashed = HashingWriter(file)
            compressor = open_compressed(hashed, push_format.compression, push_format.level)
            plain = open_decompressed(source)
            while data := plain.read(_CHUNK):
                compressor.write(data)
            compressor.close()
        leased.add("blob", hashed.digest)
        size = hashed.written_bytes
        adopt_file(session, path, hashed.digest, size, media_type=media_type, diff_id=diff_id)
    except OSError as error:
        raise from_os_error(error, subject=blob.digest, doing="cannot compress the layer") from error
    finally:
        remove_tree(path)
    return Descriptor(media_type=media_type, digest=hashed.digest, size_bytes=size)
