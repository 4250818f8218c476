"""What of an image goes to a registry: its own manifest byte for byte if that will do, else one made for the push.

Its own will do for an image that came from a registry or whose layers are packed, while no other format or compression is
asked for and all its blobs are here. Otherwise layers are packed (once: the blob is kept and found again) and a manifest says so.
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
    from pycman.images.catalogue import Image, ImageLayer
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18
FORMATS = {"": "", "oci": OCI_MANIFEST, "v2s2": DOCKER_MANIFEST, "docker": DOCKER_MANIFEST}
COMPRESSIONS = ("", "gzip", "zstd")


class Outgoing(Record):
    """A manifest with its media type, the config's bytes, and the layers it names (their blobs are in the store)."""

    raw: bytes
    media_type: str
    config: bytes
    layers: tuple[Descriptor, ...]


class EndpointRequest(Record):
    """How an image should go out; "" is as it is, and gzip for layers that are not packed at all. Level -1 is fast."""

    format: str = ""
    compression: str = ""
    level: int = -1


def outgoing(session: Session, image: Image, wish: EndpointRequest, held: Lease) -> Outgoing:
    """Return what to push; blobs it is made of are held. Raises InvalidInput, NotFound (a lost blob), NoSpace."""
    kind = _kind(image, wish)
    raw, config = read_documents(session, image.id)
    own = parse_manifest(raw, image.media_type, subject=image.id[:12])
    rows = layers_of(session, image.id)
    if not isinstance(own, Manifest):
        raise InvalidInput("its manifest is an index, which cannot be pushed yet", subject=image.id[:12])
    for row in rows:
        held.add("blob", row.blob_digest)
    complete = all(has_blob(session, layer.digest) for layer in own.layers)
    packed = all(row.blob_digest != row.diff_id for row in rows) or _came_from_registry(session, image)
    if kind == own.media_type and complete and packed and not wish.compression:
        return Outgoing(raw=raw, media_type=kind, config=config, layers=own.layers)
    layers = tuple(_layer(session, row, kind, wish, held) for row in rows)
    config_type = OCI_CONFIG if kind == OCI_MANIFEST else DOCKER_CONFIG
    made = format_manifest(kind, own.config.replace(media_type=config_type), layers)
    return Outgoing(raw=made, media_type=kind, config=config, layers=layers)


def _kind(image: Image, wish: EndpointRequest) -> str:
    """Return the manifest's media type: Docker's knows no zstd."""
    if wish.format not in FORMATS:
        raise InvalidInput("not a manifest format", subject=wish.format, hint="use oci or v2s2")
    if wish.compression not in COMPRESSIONS:
        raise InvalidInput("not a compression", subject=wish.compression, hint="use gzip or zstd")
    kind = FORMATS[wish.format] or image.media_type or OCI_MANIFEST
    if wish.compression == "zstd" and kind == DOCKER_MANIFEST:
        if wish.format:
            raise InvalidInput(f"the format {wish.format} has no zstd", subject="zstd", hint="use --format=oci")
        return OCI_MANIFEST
    return kind


def _came_from_registry(session: Session, image: Image) -> bool:
    found = session.db.value(
        "SELECT 1 FROM image_digests WHERE image_id = ? AND digest = ? LIMIT 1", (image.id, image.manifest_digest)
    )
    return found is not None


def _layer(session: Session, row: ImageLayer, kind: str, wish: EndpointRequest, held: Lease) -> Descriptor:
    """Return a layer as it will be named: its own blob if that is packed as wished, else one made of it."""
    if has_blob(session, row.blob_digest):
        blob = Descriptor(media_type=row.blob_media_type, digest=row.blob_digest, size_bytes=row.blob_size_bytes)
    else:
        blob = layer_blob(session, row.chain_id)
        held.add("blob", blob.digest)
    have = _compression(blob, row.diff_id)
    if have and wish.compression in ("", have):
        return blob.replace(media_type=_layer_type(kind, have), annotations={}, urls=())
    return _packed(session, blob, row.diff_id, wish.replace(compression=wish.compression or "gzip"), kind, held)


def _compression(blob: Descriptor, diff_id: str) -> str:
    if blob.digest == diff_id:
        return ""
    return "zstd" if "zstd" in blob.media_type else "gzip"


def _layer_type(kind: str, compression: str) -> str:
    if kind == OCI_MANIFEST:
        return f"{OCI_LAYER}+{compression}"
    return f"{DOCKER_LAYER}.{compression}"


def _packed(
    session: Session, blob: Descriptor, diff_id: str, wish: EndpointRequest, kind: str, held: Lease
) -> Descriptor:
    """Return the same layer in another compression; a blob made before is found by its diff id."""
    media_type = _layer_type(kind, wish.compression)
    known = session.db.row(
        "SELECT digest, size_bytes FROM blobs WHERE diff_id = ? AND digest NOT IN (?, ?) AND media_type LIKE ?",
        (diff_id, diff_id, blob.digest, f"%{wish.compression}"),
    )
    if known is not None and wish.level < 0 and has_blob(session, known["digest"]):
        held.add("blob", known["digest"])
        return Descriptor(media_type=media_type, digest=known["digest"], size_bytes=known["size_bytes"])
    path = scratch_path(session, "push")
    try:
        with open(path, "xb") as file, open_blob(session, blob.digest) as source:
            hashed = HashingWriter(file)
            packer = open_compressed(hashed, wish.compression, wish.level)
            plain = open_decompressed(source)
            while data := plain.read(_CHUNK):
                packer.write(data)
            packer.close()
        held.add("blob", hashed.digest)
        size = hashed.written_bytes
        adopt_file(session, path, hashed.digest, size, media_type=media_type, diff_id=diff_id)
    except OSError as error:
        raise from_os_error(error, subject=blob.digest, doing="cannot pack the layer") from error
    finally:
        remove_tree(path)
    return Descriptor(media_type=media_type, digest=hashed.digest, size_bytes=size)
