"""Push: blobs the registry lacks, then the manifest, byte for byte as it was pulled, so that digests stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pycman.digest import Descriptor, digest_bytes
from pycman.errors import InvalidInput
from pycman.images.catalogue import get_image, layers_of
from pycman.images.lookup import find_by_name
from pycman.images.manifest import DOCKER_MANIFEST, OCI_MANIFEST, Manifest, format_manifest, parse_manifest
from pycman.images.pull import PullOptions, client_for
from pycman.record import Record
from pycman.spec.image_reference import DEFAULT_DOMAIN, parse_image_reference
from pycman.state import events
from pycman.storage.archive_io import HashingWriter, open_compressed
from pycman.storage.blobs import adopt_file, has_blob, open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.catalogue import Image
    from pycman.images.pull import Progress
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session

_WORKERS = 3
_CHUNK = 1 << 18
_FORMATS = {"": "", "oci": OCI_MANIFEST, "v2s2": DOCKER_MANIFEST, "docker": DOCKER_MANIFEST}
_PLAIN = (".tar", "diff.tar")


class PushOptions(Record):
    """What `push` takes; `format` "" keeps the image's own, `compression_format` "" is gzip for plain layers."""

    all_tags: bool = False
    compression_format: str = ""
    format: str = ""
    authfile: str = ""
    creds: str = ""
    tls_verify: bool | None = None
    cert_dir: str = ""
    retry: int = 3
    retry_delay_s: float = 0.0


class PushReport(Record):
    """Where it went: the full reference, the manifest's digest and size in bytes."""

    reference: str
    digest: str
    size_bytes: int


def push_image(
    session: Session, name: str, destination: str, options: PushOptions, *, progress: Progress | None = None
) -> PushReport:
    """Push an image to `destination` ("" is its own name), or with `all_tags` all tags of its repository here.

    Raises NotFound, InvalidInput, Unauthenticated, Denied, Unavailable.
    """
    session.enter_namespaces()
    if options.format not in _FORMATS:
        raise InvalidInput("not a manifest format", subject=options.format, hint="use oci or v2s2")
    if options.compression_format not in ("", "gzip", "zstd"):
        raise InvalidInput("not a compression", subject=options.compression_format, hint="use gzip or zstd")
    if options.all_tags:
        return _push_all(session, name, options, progress)
    image = get_image(session, name)
    target = _target(session, name, destination)
    return _push(session, image, target, options, progress)


def _target(session: Session, name: str, destination: str) -> ImageReference:
    if destination:
        reference = parse_image_reference(destination)
    else:
        found = find_by_name(session, name)
        if found is None:
            raise InvalidInput("an image pushed by its id needs a destination", subject=name, hint="name one after it")
        reference = parse_image_reference(found[1])
    if not reference.domain:
        reference = reference.with_domain(DEFAULT_DOMAIN)
    return reference.replace(digest="").with_default_tag()


def _push_all(session: Session, name: str, options: PushOptions, progress: Progress | None) -> PushReport:
    reference = parse_image_reference(name)
    if reference.tag or reference.digest:
        raise InvalidInput("--all-tags takes a name without a tag", subject=name)
    full = reference if reference.domain else reference.with_domain(DEFAULT_DOMAIN)
    rows = session.db.rows(
        "SELECT name FROM image_names WHERE substr(name, 1, ?) = ? ORDER BY name",
        (len(str(full)) + 1, f"{full}:"),
    )
    if not rows:
        raise InvalidInput("no image here has such a name", subject=name)
    return [
        _push(session, get_image(session, r["name"]), parse_image_reference(r["name"]), options, progress) for r in rows
    ][-1]


def _push(
    session: Session, image: Image, target: ImageReference, options: PushOptions, progress: Progress | None
) -> PushReport:
    wanted = PullOptions(
        authfile=options.authfile,
        creds=options.creds,
        tls_verify=options.tls_verify,
        cert_dir=options.cert_dir,
        retry=options.retry,
        retry_delay_s=options.retry_delay_s,
    )
    client = client_for(session, target, wanted, pulling=False)[-1]
    raw, media_type, layers = _manifest(session, image, options)
    config = image.config_text.encode()
    with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        jobs = [pool.submit(_push_layer, session, client, target, layer, progress) for layer in layers]
        for job in jobs:
            job.result()
    digest = digest_bytes(config)
    if not client.has_blob(digest):
        client.upload_blob(digest, len(config), lambda: _Small(config))
    client.put_manifest(target.tag, raw, media_type)
    pushed = digest_bytes(raw)
    session.db.change("INSERT OR IGNORE INTO image_digests VALUES (?, ?, ?)", (target.repository, pushed, image.id))
    events.append(session.db, "image", "push", image.id, name=str(target))
    return PushReport(reference=str(target), digest=pushed, size_bytes=len(raw))


def _manifest(session: Session, image: Image, options: PushOptions) -> tuple[bytes, str, list[Descriptor]]:
    """Return the manifest to push; the image's own if its layers are compressed and its format is the one wanted."""
    raw = str(session.db.value("SELECT manifest FROM images WHERE id = ?", (image.id,))).encode()
    parsed = parse_manifest(raw, image.media_type)
    assert isinstance(parsed, Manifest)
    kind = _FORMATS[options.format] or image.media_type
    rows = layers_of(session, image.id)
    plain = [row for row in rows if row.blob_digest == row.diff_id]
    if not plain and kind == image.media_type and not options.compression_format:
        return raw, kind, list(parsed.layers)
    compression = options.compression_format or "gzip"
    layers = []
    for row in rows:
        if row.blob_digest == row.diff_id:
            layers.append(_compressed(session, row.blob_digest, compression, kind))
        else:
            media_type = _layer_type(kind, "zstd" if "zstd" in row.blob_media_type else "gzip")
            layers.append(Descriptor(media_type=media_type, digest=row.blob_digest, size_bytes=row.blob_size_bytes))
    config_type = (
        "application/vnd.oci.image.config.v1+json"
        if kind == OCI_MANIFEST
        else "application/vnd.docker.container.image.v1+json"
    )
    config = parsed.config.replace(media_type=config_type)
    return format_manifest(kind, config, layers), kind, layers


def _layer_type(kind: str, compression: str) -> str:
    if kind == OCI_MANIFEST:
        return f"application/vnd.oci.image.layer.v1.tar+{compression}"
    return "application/vnd.docker.image.rootfs.diff.tar." + ("gzip" if compression == "gzip" else "zstd")


def _compressed(session: Session, diff_id: str, compression: str, kind: str) -> Descriptor:
    """Return a compressed blob of a plain layer: made once, then found by its diff id."""
    import os

    media_type = _layer_type(kind, compression)
    known = session.db.row(
        "SELECT digest, size_bytes FROM blobs WHERE diff_id = ? AND digest != ? AND media_type LIKE ?",
        (diff_id, diff_id, f"%{compression}"),
    )
    if known is not None and has_blob(session, known["digest"]):
        return Descriptor(media_type=media_type, digest=known["digest"], size_bytes=known["size_bytes"])
    path = f"{session.paths.tmp}/push-{os.getpid()}-{os.urandom(4).hex()}"
    with open(path, "xb") as file, open_blob(session, diff_id) as blob:
        hashed = HashingWriter(file)
        packer = open_compressed(hashed, compression)
        while data := blob.read(_CHUNK):
            packer.write(data)
        packer.close()
    adopt_file(session, path, hashed.digest, hashed.written_bytes, media_type=media_type, diff_id=diff_id)
    return Descriptor(media_type=media_type, digest=hashed.digest, size_bytes=hashed.written_bytes)


def _push_layer(
    session: Session, client: Client, target: ImageReference, layer: Descriptor, progress: Progress | None
) -> None:
    def tell(phase: str, sent: int) -> None:
        if progress is not None:
            progress.layer(layer.digest, layer.size_bytes, sent, phase)

    if client.has_blob(layer.digest):
        tell("exists", layer.size_bytes)
        return
    for path in _known_paths(session, target, layer.digest):
        if client.mount_blob(layer.digest, path):
            tell("mounted", layer.size_bytes)
            return
    client.upload_blob(
        layer.digest, layer.size_bytes, lambda: open_blob(session, layer.digest), lambda sent: tell("uploading", sent)
    )
    tell("pushed", layer.size_bytes)


def _known_paths(session: Session, target: ImageReference, digest: str) -> list[str]:
    """Return other repositories of the same registry from which, or to which, an image with this blob came."""
    rows = session.db.rows(
        "SELECT DISTINCT d.repository FROM image_digests d JOIN image_layers l ON l.image_id = d.image_id"
        " WHERE l.blob_digest = ? AND substr(d.repository, 1, ?) = ? AND d.repository != ? LIMIT 3",
        (digest, len(target.domain) + 1, target.domain + "/", target.repository),
    )
    return [str(row["repository"])[len(target.domain) + 1 :] for row in rows]


class _Small:
    """Bytes in memory as a body that may be sent again."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __enter__(self) -> _Small:
        return _Small(self._data)

    def __exit__(self, *_error: object) -> None:
        """Nothing to close."""

    def read(self, size: int = -1) -> bytes:
        data, self._data = (self._data, b"") if size < 0 else (self._data[:size], self._data[size:])
        return data
