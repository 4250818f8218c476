"""Load the images of an archive: verify every digest, store layers in threads, insert all rows at once."""

from __future__ import annotations

import os

from pycman.digest import Descriptor, digest_bytes
from pycman.errors import InvalidInput
from pycman.images.archive.docker import read_docker_archive, read_docker_directory
from pycman.images.archive.layout import read_layout
from pycman.images.archive.members import open_members, read_member
from pycman.images.catalogue import add_image
from pycman.images.manifest import DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, LIMIT_BYTES, format_manifest
from pycman.images.transfer.discard_unnamed import discard_on_error
from pycman.images.transfer.fetch_layers import store_layers
from pycman.images.transfer.policy import policy_of_file
from pycman.jsontext import parse_json
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state import events
from pycman.state.events import GIVEN
from pycman.state.leases import lease
from pycman.storage.archive_io import read_head, sniff
from pycman.storage.blobs import open_blob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, BinaryIO

    from pycman.images.archive.archive_image import ArchiveImage
    from pycman.images.archive.members import Members
    from pycman.images.image import ImageLayer
    from pycman.images.signatures.sources import SignatureSource
    from pycman.images.transfer.policy import ImagePolicy
    from pycman.state.session import Session


class LoadReport(Record):
    """The loaded images: full names, and the ids (64 hex digits) of those without a name."""

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def load_images(
    session: Session, source: BinaryIO | str, *, progress: Any = None, signature_policy: str = ""
) -> LoadReport:
    """Load all images of an archive (any kind, compressed or not) or directory.

    `signature_policy` is a file that holds in place of policy.json. Either all are loaded or none: after an error the store has no new image, layer or blob of the archive.
    Raises NotFound, InvalidInput (not an image archive), Corrupt, NoSpace, Denied (policy.json).
    """
    loaded = load_chosen(session, source, list, progress=progress, signature_policy=signature_policy)
    return LoadReport(
        names=tuple(dict.fromkeys(name for image, _ in loaded for name in image.names)),
        ids=tuple(dict.fromkeys(image_id for image, image_id in loaded if not image.names)),
    )


def load_chosen(
    session: Session,
    source: BinaryIO | str,
    choose: Callable[[Sequence[ArchiveImage]], Sequence[ArchiveImage]],
    *,
    progress: Any = None,
    signature_policy: str = "",
    event: str = "loadfromarchive",
    place: str = "",
) -> list[tuple[ArchiveImage, str]]:
    """Load those images that `choose` returns of all in the archive, and return them with their ids. Raises as `load_images`.

    `event` and `place` (default: the path) are what is told of it.
    """
    session.enter_namespaces()
    session.paths.prepare()
    subject = source if isinstance(source, str) else "standard input"
    path = os.path.realpath(source) if isinstance(source, str) else ""  # a link may mean another file a moment later
    members = open_members(path or source, session.paths.tmp)
    try:
        transport = _transport(members, path)
        policy = policy_of_file(session, transport, path, signature_policy)
        images = choose(read_images(members, subject))
        if policy.wants_signatures:
            _verify(session, policy, images, members, transport, subject)
        with discard_on_error(session):
            return _load(session, images, progress, event, place or (source if isinstance(source, str) else ""))
    finally:
        members.close()


def _transport(members: Members, path: str) -> str:
    """Return the name that policies have for such a source (containers-transports(5))."""
    is_directory = bool(path) and os.path.isdir(path)
    if _is_layout(members):
        return "oci" if is_directory else "oci-archive"
    return "dir" if is_directory else "docker-archive"


def _is_layout(members: Members) -> bool:
    """Say whether the archive is read as an OCI layout: one in both formats is, and one that lacks the other's list."""
    return members.has("index.json") and (members.has("oci-layout") or not members.has("manifest.json"))


def _verify(
    session: Session,
    policy: ImagePolicy,
    images: Sequence[ArchiveImage],
    members: Members,
    transport: str,
    subject: str,
) -> None:
    """Raise Denied unless each image has the signatures that the policy wants; only a docker-dir has a place for them."""
    from pycman.images.signatures.sources import (
        DirectorySignatures,
        NoSignatures,
    )  # only where a policy wants signatures
    from pycman.images.signatures.verify import SignedImage  # the same

    for image in images:
        source: SignatureSource = NoSignatures(transport)
        manifest = b"" if image.manifest is None else image.manifest.raw
        if transport == "dir" and manifest:
            source = DirectorySignatures(members)
        policy.verify(session, SignedImage(subject=subject, manifest=manifest), source)


def _load(
    session: Session, images: Sequence[ArchiveImage], progress: Any, event: str, place: str
) -> list[tuple[ArchiveImage, str]]:
    with session.db.waiting_together(), lease(session.db) as leased:
        stored = [(image, store_layers(session, image.layers, leased, progress=progress)) for image in images]
        crash_point("load:layers")
        with session.db.transaction():
            loaded = [(image, _add(session, image, layers)) for image, layers in stored]
            for image, image_id in loaded:
                name = image.names[0] if image.names else ""
                attributes = {GIVEN: place} if place else {}
                events.append(session.db, "image", event, image_id, name=name, attributes=attributes)
        crash_point("load:named")
    return loaded


def read_images(members: Members, subject: str = "archive") -> list[ArchiveImage]:
    """Return the images of an archive without reading their layers. Raises InvalidInput, Corrupt, NotFound.

    An archive in both formats (docker 25 and later) is read as an OCI layout, because that has the manifests.
    """
    if _is_layout(members):
        return read_layout(members)
    if members.has("manifest.json"):
        raw = read_member(members, "manifest.json", LIMIT_BYTES)
        document = parse_json(raw, subject="manifest.json")
        if isinstance(document, dict):
            return read_docker_directory(members, raw)
        return read_docker_archive(members, document)
    hint = "use pycman import for a plain file system tar"
    raise InvalidInput("neither a docker nor an OCI image archive", subject=subject, hint=hint)


def _add(session: Session, image: ArchiveImage, layers: Sequence[ImageLayer]) -> str:
    if image.manifest is not None:
        return add_image(
            session,
            manifest=image.manifest.raw,
            media_type=image.manifest.media_type,
            config=image.config,
            layers=layers,
            names=image.names,
        )
    layers = [layer.replace(blob_media_type=_docker_media_type(session, layer)) for layer in layers]
    config = Descriptor(media_type=DOCKER_CONFIG, digest=digest_bytes(image.config), size_bytes=len(image.config))
    blobs = [
        Descriptor(media_type=layer.blob_media_type, digest=layer.blob_digest, size_bytes=layer.blob_size_bytes)
        for layer in layers
    ]
    return add_image(
        session,
        manifest=format_manifest(DOCKER_MANIFEST, config, blobs),
        media_type=DOCKER_MANIFEST,
        config=image.config,
        layers=layers,
        names=image.names,
        keep_manifest=True,
    )


def _docker_media_type(session: Session, layer: ImageLayer) -> str:
    if layer.blob_digest == layer.diff_id:
        return DOCKER_LAYER
    with open_blob(session, layer.blob_digest) as blob:
        kind = sniff(read_head(blob))
    return f"{DOCKER_LAYER}.{kind}" if kind else DOCKER_LAYER
