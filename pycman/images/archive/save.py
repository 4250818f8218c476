"""Images into an archive or directory."""

from __future__ import annotations

import io
import os
import tarfile

from pycman.digest import digest_bytes, hex_of
from pycman.errors import AlreadyExists, InvalidInput
from pycman.images.catalogue import get_image, layers_of
from pycman.images.lookup import find_by_name
from pycman.images.manifest import OCI_INDEX
from pycman.jsontext import format_json
from pycman.linux.files import make_directory
from pycman.record import Record
from pycman.state import events
from pycman.storage.archive_io import open_decompressed
from pycman.storage.blobs import open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO, Protocol

    from pycman.images.catalogue import Image
    from pycman.state.session import Session

    class Sink(Protocol):
        """Takes named files."""

        def add(self, name: str, data: bytes) -> None:
            """Write a small file."""

        def copy(self, name: str, source: BinaryIO, size: int) -> None:
            """Write a file of `size` bytes from a reader."""


FORMATS = ("docker-archive", "oci-archive", "oci-dir", "docker-dir")
_CHUNK = 1 << 20


class SaveOptions(Record):
    """`format` is docker-archive, oci-archive, oci-dir or docker-dir."""

    format: str = "docker-archive"
    multi_image: bool = True
    compress: bool = False


def save_images(session: Session, names: Sequence[str], output: BinaryIO | str, options: SaveOptions) -> None:
    """Write images to a stream, or for the directory formats to the path `output`.

    Raises NotFound (image), InvalidInput, AlreadyExists (directory not empty), NoSpace.
    """
    if options.format not in FORMATS:
        raise InvalidInput("not an archive format", subject=options.format, hint=f"use one of {', '.join(FORMATS)}")
    images = [(get_image(session, name), find_by_name(session, name)) for name in names]
    if options.format.endswith("-dir"):
        if not isinstance(output, str):
            raise InvalidInput("a directory format needs a path", subject=options.format, hint="give one with -o")
        sink: Sink = _Directory(output)
        _write(session, images, sink, options)
    else:
        if isinstance(output, str):
            raise InvalidInput("an archive is written to a stream", subject=output)
        with tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_CHUNK) as archive:
            _write(session, images, _Archive(archive), options)
    for image, found in images:
        events.append(session.db, "image", "save", image.id, name=found[1] if found else "")


def _write(session: Session, images: Sequence[tuple[Image, Any]], sink: Sink, options: SaveOptions) -> None:
    if options.format == "docker-archive":
        _docker_archive(session, images, sink)
    elif options.format == "docker-dir":
        if len(images) != 1:
            raise InvalidInput("docker-dir holds one image", subject=options.format)
        _docker_dir(session, images[0][0], sink)
    else:
        _oci(session, images, sink)


class _Archive:
    """A tar with fixed owners and times, so that the same image gives the same bytes."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def add(self, name: str, data: bytes) -> None:
        self.copy(name, io.BytesIO(data), len(data))

    def copy(self, name: str, source: BinaryIO, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size = size
        member.mode = 0o644
        self._archive.addfile(member, source)


class _Directory:
    def __init__(self, path: str) -> None:
        if os.path.exists(path) and (not os.path.isdir(path) or os.listdir(path)):
            raise AlreadyExists("it is not an empty directory", subject=path)
        make_directory(path)
        self._path = path

    def add(self, name: str, data: bytes) -> None:
        self.copy(name, io.BytesIO(data), len(data))

    def copy(self, name: str, source: BinaryIO, size: int) -> None:
        del size
        path = f"{self._path}/{name}"
        make_directory(os.path.dirname(path))
        with open(path, "wb") as file:
            while data := source.read(_CHUNK):
                file.write(data)


def _docker_archive(session: Session, images: Sequence[tuple[Image, Any]], sink: Sink) -> None:
    entries: dict[str, dict[str, Any]] = {}
    written: set[str] = set()
    for image, found in images:
        entry = entries.get(image.id)
        if entry is None:
            layers = []
            for layer in layers_of(session, image.id):
                name = f"{hex_of(layer.diff_id)}.tar"
                layers.append(name)
                if name not in written:
                    _plain_layer(session, layer, name, sink)
                    written.add(name)
            sink.add(f"{image.id}.json", image.config_text.encode())
            entry = entries[image.id] = {"Config": f"{image.id}.json", "RepoTags": [], "Layers": layers}
        if found is not None and "@" not in found[1] and found[1] not in entry["RepoTags"]:
            entry["RepoTags"].append(found[1])
    sink.add("manifest.json", format_json(list(entries.values())).encode())


def _plain_layer(session: Session, layer: Any, name: str, sink: Sink) -> None:
    """Write a layer uncompressed; the tar header needs its size before its bytes, so it is counted first if need be."""
    if layer.blob_digest == layer.diff_id:
        with open_blob(session, layer.blob_digest) as blob:
            sink.copy(name, blob, os.fstat(blob.fileno()).st_size)
        return
    path = f"{session.paths.tmp}/plain-{os.getpid()}-{os.urandom(4).hex()}"
    with open(path, "x+b") as plain:
        os.unlink(path)
        with open_blob(session, layer.blob_digest) as blob:
            reader = open_decompressed(blob)
            while data := reader.read(_CHUNK):
                plain.write(data)
        size = plain.tell()
        plain.seek(0)
        sink.copy(name, plain, size)


def _oci(session: Session, images: Sequence[tuple[Image, Any]], sink: Sink) -> None:
    manifests = []
    written: set[str] = set()
    for image, found in images:
        row = session.db.row("SELECT manifest, media_type FROM images WHERE id = ?", (image.id,))
        manifest = row["manifest"].encode()
        _blobs(session, image, sink, written, "blobs/sha256/")
        digest = digest_bytes(manifest)
        if digest not in written:
            sink.add(f"blobs/sha256/{hex_of(digest)}", manifest)
            written.add(digest)
        entry: dict[str, Any] = {"mediaType": row["media_type"], "digest": digest, "size": len(manifest)}
        if found is not None and "@" not in found[1]:
            entry["annotations"] = {"org.opencontainers.image.ref.name": found[1]}
        manifests.append(entry)
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    sink.add("index.json", format_json(index).encode())
    sink.add("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')


def _blobs(session: Session, image: Image, sink: Sink, written: set[str], prefix: str) -> None:
    config = image.config_text.encode()
    if digest_bytes(config) not in written:
        sink.add(prefix + image.id, config)
        written.add(digest_bytes(config))
    for layer in layers_of(session, image.id):
        if layer.blob_digest in written:
            continue
        written.add(layer.blob_digest)
        with open_blob(session, layer.blob_digest) as blob:
            sink.copy(prefix + hex_of(layer.blob_digest), blob, os.fstat(blob.fileno()).st_size)


def _docker_dir(session: Session, image: Image, sink: Sink) -> None:
    _blobs(session, image, sink, set(), "")
    sink.add("manifest.json", session.db.value("SELECT manifest FROM images WHERE id = ?", (image.id,)).encode())
    sink.add("version", b"Directory Transport Version: 1.1\n")
