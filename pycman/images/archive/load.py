"""Images of an archive into the store, every digest checked; layers side by side, names last and all at once."""

from __future__ import annotations

import os

from pycman.digest import Descriptor, digest_bytes
from pycman.errors import InvalidInput
from pycman.images.archive.docker import read_docker_archive, read_docker_directory
from pycman.images.archive.layout import read_layout
from pycman.images.archive.members import open_members, read_member
from pycman.images.catalogue import add_image
from pycman.images.manifest import DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, LIMIT_BYTES, format_manifest
from pycman.images.transfer.discard_unnamed import swept_on_error
from pycman.images.transfer.fetch_layers import store_layers
from pycman.images.transfer.policy import check_file_policy
from pycman.jsontext import parse_json
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state import events
from pycman.state.leases import lease
from pycman.storage.archive_io import read_head, sniff
from pycman.storage.blobs import open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO

    from pycman.images.archive.archive_image import ArchiveImage
    from pycman.images.archive.members import Members
    from pycman.images.image import ImageLayer
    from pycman.state.session import Session


class LoadReport(Record):
    """What came in: full names, and the ids (64 hex digits) of images that have none."""

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def load_images(session: Session, source: BinaryIO | str, *, progress: Any = None) -> LoadReport:
    """Load all images of an archive (any kind, compressed or not) or directory.

    All of them or none: after an error no image of the archive is here that was not before, nor anything of it.
    Raises NotFound, InvalidInput (no image archive), Corrupt, NoSpace, Denied (policy.json).
    """
    session.enter_namespaces()
    session.paths.prepare()
    subject = source if isinstance(source, str) else "standard input"
    members = open_members(source, session.paths.tmp)
    try:
        check_file_policy(session, _transport(members, subject), subject)
        with swept_on_error(session):
            loaded = _load(session, members, subject, progress)
    finally:
        members.close()
    return LoadReport(
        names=tuple(dict.fromkeys(name for found, _ in loaded for name in found.names)),
        ids=tuple(dict.fromkeys(image_id for found, image_id in loaded if not found.names)),
    )


def _transport(members: Members, subject: str) -> str:
    """Return the name that policies have for such a source (containers-transports(5))."""
    is_directory = os.path.isdir(subject)
    if members.has("index.json"):
        return "oci" if is_directory else "oci-archive"
    return "dir" if is_directory else "docker-archive"


def _load(session: Session, members: Members, subject: str, progress: Any) -> list[tuple[ArchiveImage, str]]:
    images = read_images(members, subject)
    with lease(session.db) as held:
        ready = [(found, store_layers(session, found.layers, held, progress=progress)) for found in images]
        crash_point("load:layers")
        with session.db.transaction():
            loaded = [(found, _add(session, found, layers)) for found, layers in ready]
            for found, image_id in loaded:
                name = found.names[0] if found.names else ""
                events.append(session.db, "image", "loadfromarchive", image_id, name=name)
        crash_point("load:named")
    return loaded


def read_images(members: Members, subject: str = "archive") -> list[ArchiveImage]:
    """Return the images of an archive, whose layers are not read yet. Raises InvalidInput, Corrupt, NotFound.

    An archive that is both (docker 25 and later) is read as an OCI layout, which keeps its manifests.
    """
    if members.has("index.json") and members.has("oci-layout"):
        return read_layout(members)
    if members.has("manifest.json"):
        raw = read_member(members, "manifest.json", LIMIT_BYTES)
        document = parse_json(raw, subject="manifest.json")
        if isinstance(document, dict):
            return read_docker_directory(members, raw)
        return read_docker_archive(members, document)
    if members.has("index.json"):
        return read_layout(members)
    hint = "use pycman import for a plain file system tar"
    raise InvalidInput("neither a docker nor an OCI image archive", subject=subject, hint=hint)


def _add(session: Session, found: ArchiveImage, layers: Sequence[ImageLayer]) -> str:
    if found.manifest is not None:
        return add_image(
            session,
            manifest=found.manifest.raw,
            media_type=found.manifest.media_type,
            config=found.config,
            layers=layers,
            names=found.names,
        )
    layers = [layer.replace(blob_media_type=_docker_media_type(session, layer)) for layer in layers]
    config = Descriptor(media_type=DOCKER_CONFIG, digest=digest_bytes(found.config), size_bytes=len(found.config))
    blobs = [
        Descriptor(media_type=layer.blob_media_type, digest=layer.blob_digest, size_bytes=layer.blob_size_bytes)
        for layer in layers
    ]
    return add_image(
        session,
        manifest=format_manifest(DOCKER_MANIFEST, config, blobs),
        media_type=DOCKER_MANIFEST,
        config=found.config,
        layers=layers,
        names=found.names,
        keep_manifest=True,
    )


def _docker_media_type(session: Session, layer: ImageLayer) -> str:
    if layer.blob_digest == layer.diff_id:
        return DOCKER_LAYER
    with open_blob(session, layer.blob_digest) as blob:
        kind = sniff(read_head(blob))
    return f"{DOCKER_LAYER}.{kind}" if kind else DOCKER_LAYER
