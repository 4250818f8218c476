"""Save images into an archive or directory.

Blobs are written as stored, so that digests are the same; times and owners are fixed, so that the same image gives the
same bytes.
"""

from __future__ import annotations

import os

from pycman.digest import Descriptor, digest_bytes, hex_of
from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error
from pycman.images.archive.layout import REFERENCE_NAME
from pycman.images.archive.sinks import ArchiveSink, DirectorySink
from pycman.images.catalogue import get_image, get_named, image_of_id, layers_of, read_documents
from pycman.images.lookup import find_by_name
from pycman.images.manifest import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
    format_manifest,
)
from pycman.images.transfer.policy import check_policy_file
from pycman.jsontext import format_json, parse_json
from pycman.record import Record
from pycman.spec.image_reference import normalize_reference
from pycman.state import events
from pycman.state.events import GIVEN
from pycman.state.leases import lease
from pycman.storage.archive_io import HashingReader, HashingWriter, open_compressed, open_decompressed
from pycman.storage.blobs import open_blob
from pycman.storage.read_ahead import ReadAhead
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO

    from pycman.images.archive.sinks import Sink
    from pycman.images.image import Image, ImageLayer
    from pycman.state.session import Session

    Named = tuple[Image, str]

FORMATS = ("docker-archive", "oci-archive", "oci-dir", "docker-dir")
_CHUNK = 1 << 20


class SaveOptions(Record):
    """`format` is docker-archive, oci-archive, oci-dir or docker-dir.

    `compress` compresses uncompressed layers with gzip (not in docker-archive), which changes the manifest's digest;
    `uncompressed` does the contrary, otherwise layers are written as stored. `multi_image` allows names of different images.
    `name_there` is what a single image is called in the archive, in place of its name here. `event` ("save" or "push") and
    `destination` are what is told of it: where the stream leads. `signature_policy` must be a
    policy: it lets out what is this user's own, as podman's.
    """

    format: str = "docker-archive"
    multi_image: bool = True
    compress: bool = False
    uncompressed: bool = False
    name_there: str = ""
    event: str = "save"
    destination: str = ""
    signature_policy: str = ""


def save_images(session: Session, names: Sequence[str], output: BinaryIO | str, options: SaveOptions) -> None:
    """Write images to a stream or, for the directory formats, to the path `output`.

    Raises NotFound (image), InvalidInput, AlreadyExists (directory not empty), Corrupt (a damaged blob), NoSpace.
    """
    if options.format not in FORMATS:
        raise InvalidInput("not an archive format", subject=options.format, hint=f"use one of {', '.join(FORMATS)}")
    check_policy_file(options.signature_policy)
    with lease(session.db) as leased:
        images = [_named(session, name, lists=options.format.startswith("oci")) for name in names]
        for image, _ in images:
            leased.add("image", image.id)
            for each in _images_of(session, image) if image.is_list else ():
                leased.add("image", each.id)
        _check(images, options)
        named = [(image, _name_there(options)) for image, _ in images] if options.name_there else images
        try:
            _write(session, named, output, options)
        except OSError as error:
            raise from_os_error(error, subject=options.format, doing="cannot write the archive") from error
    for image, name in images:
        destination = options.destination or (output if isinstance(output, str) else "")
        attributes = {GIVEN: destination} if destination else {}
        events.append(session.db, "image", options.event, image.id, name=name, attributes=attributes)


def save_image_as(
    session: Session, image_id: str, names: Sequence[str], output: BinaryIO, options: SaveOptions
) -> None:
    """Write one image to a stream as an archive in which it bears `names` (full references), whatever its names are here.

    Raises as `save_images`.
    """
    image = image_of_id(session, image_id)
    try:
        _write(session, [(image, name) for name in names or ("",)], output, options)
    except OSError as error:
        raise from_os_error(error, subject=options.format, doing="cannot write the archive") from error


def _name_there(options: SaveOptions) -> str:
    """Return a name as the format has it: docker-archive full ones, OCI layouts any text. Raises InvalidInput."""
    if options.format.startswith("oci"):
        return options.name_there
    return str(normalize_reference(options.name_there).replace(digest=""))


def _named(session: Session, text: str, *, lists: bool) -> Named:
    """Return the image of a reference, and its full name, "" if the reference is an id or has a digest.

    With `lists` a manifest list is itself, else its image for this machine.
    """
    image = get_named(session, text) if lists else get_image(session, text)
    match = find_by_name(session, text)
    return image, "" if match is None or "@" in match[1] else match[1]


def _check(images: Sequence[Named], options: SaveOptions) -> None:
    if not images:
        raise InvalidInput("no image is given", subject="save")
    different = {image.id for image, _ in images}
    if len(different) > 1 and (options.format == "docker-dir" or not options.multi_image):
        hint = "use docker-archive or oci-archive" if options.format == "docker-dir" else "allow several images"
        raise InvalidInput("it can have only one image", subject=options.format, hint=hint)


def _write(session: Session, images: Sequence[Named], output: BinaryIO | str, options: SaveOptions) -> None:
    if options.format.endswith("-dir"):
        if not isinstance(output, str):
            raise InvalidInput("a directory cannot be written to a stream", subject=options.format, hint="name a path")
        _fill(session, images, DirectorySink(output), options)
        return
    if isinstance(output, str):
        raise InvalidInput("an archive is written to a stream", subject=output)
    with ArchiveSink(output) as sink:
        _fill(session, images, sink, options)


def _fill(session: Session, images: Sequence[Named], sink: Sink, options: SaveOptions) -> None:
    if options.format == "docker-archive":
        _docker_archive(session, images, sink)
    elif options.format == "docker-dir":
        _docker_directory(session, images[0][0], sink, options)
    else:
        _layout(session, images, sink, options)


# -- docker-archive ----------------------------------------------------------------------------------------------------


def _docker_archive(session: Session, images: Sequence[Named], sink: Sink) -> None:
    entries: dict[str, dict[str, Any]] = {}
    written: set[str] = set()
    for image, name in images:
        entry = entries.get(image.id)
        if entry is None:
            layers = layers_of(session, image.id)
            for layer in layers:
                if layer.diff_id not in written:
                    _plain_layer(session, layer, sink)
                    written.add(layer.diff_id)
            sink.add(f"{image.id}.json", read_documents(session, image.id)[1])
            entry = entries[image.id] = {
                "Config": f"{image.id}.json",
                "RepoTags": [],
                "Layers": [f"{hex_of(layer.diff_id)}.tar" for layer in layers],
            }
        if name and name not in entry["RepoTags"]:
            entry["RepoTags"].append(name)
    sink.add("manifest.json", format_json(list(entries.values())).encode())


def _plain_layer(session: Session, layer: ImageLayer, sink: Sink) -> None:
    name = f"{hex_of(layer.diff_id)}.tar"
    if layer.blob_digest == layer.diff_id:
        with open_blob(session, layer.blob_digest) as blob:
            sink.copy(name, blob, os.fstat(blob.fileno()).st_size)
        return
    _decompress(session, layer, sink, name)


def _decompress(session: Session, layer: ImageLayer, sink: Sink, name: str) -> int:
    """Write a compressed layer uncompressed and return its size in bytes. Raises Corrupt.

    A tar header has the size before the bytes: where the store does not know it, they are written to a scratch file first.
    """
    size_bytes = session.db.value(
        "SELECT MAX(tar_bytes) FROM layers WHERE chain_id = ? AND state = 'ready'", (layer.chain_id,)
    )
    with open_blob(session, layer.blob_digest) as blob, ReadAhead(open_decompressed(blob), hashed=False) as ahead:
        plain = HashingReader(ahead)
        if size_bytes:
            sink.copy(name, plain, size_bytes)
            _check_plain(layer, plain)
            return int(size_bytes)
        with _scratch(session) as file:
            while data := plain.read(_CHUNK):
                file.write(data)
            _check_plain(layer, plain)
            file.seek(0)
            sink.copy(name, file, plain.read_bytes)
        return plain.read_bytes


def _check_plain(layer: ImageLayer, plain: HashingReader) -> None:
    if plain.drain() != layer.diff_id:
        hint = "run pycman system check --repair"
        raise Corrupt("the stored blob is damaged", subject=layer.blob_digest, hint=hint)


def _scratch(session: Session) -> BinaryIO:
    """Return an unlinked file on the store's disk, which the kernel frees when it is closed, also after a kill."""
    path = scratch_path(session, "save")
    file = open(path, "x+b")  # noqa: SIM115 - the caller closes it
    os.unlink(path)
    return file


# -- OCI layout and docker-dir -----------------------------------------------------------------------------------------


def _layout(session: Session, images: Sequence[Named], sink: Sink, options: SaveOptions) -> None:
    """Write an OCI layout; `written` has the blobs that are in it already, with their sizes."""
    entries = []
    written: dict[str, int] = {}
    for image, name in images:
        if image.is_list:
            entry = _list(session, image, sink, written, options)
        else:
            entry = _image_of_layout(session, image, sink, written, options)
        if name:
            entry["annotations"] = {REFERENCE_NAME: name}
        entries.append(entry)
    sink.add("index.json", format_json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}).encode())
    sink.add("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')


def _image_of_layout(
    session: Session, image: Image, sink: Sink, written: dict[str, int], options: SaveOptions
) -> dict[str, Any]:
    """Write an image into a layout and return its descriptor as a JSON object."""
    manifest, media_type = _blobs(session, image, sink, written, options, prefix="blobs/sha256/")
    return _document(sink, written, manifest, media_type)


def _document(sink: Sink, written: dict[str, int], raw: bytes, media_type: str) -> dict[str, Any]:
    digest = digest_bytes(raw)
    if digest not in written:
        sink.add(f"blobs/sha256/{hex_of(digest)}", raw)
        written[digest] = len(raw)
    return {"mediaType": media_type, "digest": digest, "size": len(raw)}


def _list(session: Session, image: Image, sink: Sink, written: dict[str, int], options: SaveOptions) -> dict[str, Any]:
    """Write a manifest list with those of its images that the store has, and return its descriptor as a JSON object."""
    index = parse_json(read_documents(session, image.id)[0])
    entries = []
    for each in _images_of(session, image):
        own = next(entry for entry in index["manifests"] if entry["digest"] == each.manifest_digest)
        entries.append({**own, **_image_of_layout(session, each, sink, written, options)})
    left_out = len(index["manifests"]) - len(entries)
    if left_out:
        session.warnings.append(f"{left_out} images of the manifest list are not in the store and are left out")
    raw = format_json({**index, "manifests": entries}).encode()
    return _document(sink, written, raw, image.media_type)


def _images_of(session: Session, image: Image) -> list[Image]:
    """Return the images of a manifest list that are in the store. Raises NotFound if there is none."""
    rows = session.db.rows(
        "SELECT images.id FROM list_entries JOIN images ON images.id = image_id AND manifest_digest = digest"
        " WHERE list_id = ? ORDER BY position",
        (image.id,),
    )
    if not rows:
        raise NotFound("no image of the manifest list is in the store", subject=image.id[:12], hint="pull one first")
    return [image_of_id(session, row["id"]) for row in rows]


def _docker_directory(session: Session, image: Image, sink: Sink, options: SaveOptions) -> None:
    manifest, _ = _blobs(session, image, sink, {}, options, prefix="")
    sink.add("manifest.json", manifest)
    sink.add("version", b"Directory Transport Version: 1.1\n")


def _blobs(
    session: Session, image: Image, sink: Sink, written: dict[str, int], options: SaveOptions, *, prefix: str
) -> tuple[bytes, str]:
    """Write config and layers, each once; return the manifest for them and its media type."""
    manifest, config = read_documents(session, image.id)
    config_digest = digest_bytes(config)
    if config_digest not in written:
        sink.add(prefix + hex_of(config_digest), config)
        written[config_digest] = len(config)
    changed = False
    blobs = []
    for layer in layers_of(session, image.id):
        is_plain = layer.blob_digest == layer.diff_id
        if options.uncompressed and not is_plain:
            blobs.append(_uncompressed(session, layer, sink, written, prefix, docker=_is_docker(image)))
            changed = True
            continue
        if options.compress and is_plain:
            blobs.append(_compressed(session, layer, sink, written, prefix, docker=_is_docker(image)))
            changed = True
            continue
        blobs.append(
            Descriptor(media_type=layer.blob_media_type, digest=layer.blob_digest, size_bytes=layer.blob_size_bytes)
        )
        if layer.blob_digest not in written:
            written[layer.blob_digest] = layer.blob_size_bytes
            with open_blob(session, layer.blob_digest) as blob:
                sink.copy(prefix + hex_of(layer.blob_digest), blob, os.fstat(blob.fileno()).st_size)
    if not changed:
        return manifest, image.media_type
    config_type, media_type = (DOCKER_CONFIG, DOCKER_MANIFEST) if _is_docker(image) else (OCI_CONFIG, OCI_MANIFEST)
    config_descriptor = Descriptor(media_type=config_type, digest=config_digest, size_bytes=len(config))
    return format_manifest(media_type, config_descriptor, blobs), media_type


def _is_docker(image: Image) -> bool:
    return image.media_type == DOCKER_MANIFEST


def _uncompressed(
    session: Session, layer: ImageLayer, sink: Sink, written: dict[str, int], prefix: str, *, docker: bool
) -> Descriptor:
    """Write a compressed layer uncompressed and return its descriptor."""
    size_bytes = written.get(layer.diff_id)
    if size_bytes is None:
        size_bytes = written[layer.diff_id] = _decompress(session, layer, sink, prefix + hex_of(layer.diff_id))
    media_type = DOCKER_LAYER if docker else OCI_LAYER
    return Descriptor(media_type=media_type, digest=layer.diff_id, size_bytes=size_bytes)


def _compressed(
    session: Session, layer: ImageLayer, sink: Sink, written: dict[str, int], prefix: str, *, docker: bool
) -> Descriptor:
    """Write an uncompressed layer with gzip and return its descriptor."""
    with _scratch(session) as file, open_blob(session, layer.blob_digest) as blob:
        writer = HashingWriter(file)
        encoder = open_compressed(writer, "gzip")
        while data := blob.read(_CHUNK):
            encoder.write(data)
        encoder.close()
        if writer.digest not in written:
            written[writer.digest] = writer.written_bytes
            file.seek(0)
            sink.copy(prefix + hex_of(writer.digest), file, writer.written_bytes)
        media_type = f"{DOCKER_LAYER}.gzip" if docker else f"{OCI_LAYER}+gzip"
        return Descriptor(media_type=media_type, digest=writer.digest, size_bytes=writer.written_bytes)
