"""Read OCI image layouts, in a tar or a directory (image-spec v1.1, image-layout.md)."""

from __future__ import annotations

import os

from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.images.archive.archive_image import ArchiveImage, image_of_manifest, read_verified
from pycman.images.archive.members import read_member
from pycman.images.lookup import full_name
from pycman.images.manifest import LIMIT_BYTES, Index, Manifest, parse_manifest
from pycman.images.platform import choose_entry, host_platform
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.digest import Descriptor
    from pycman.images.archive.members import Members

REFERENCE_NAME = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"
_ATTESTATION = "vnd.docker.reference.type"
"""Annotation of BuildKit's attestations: manifests that describe another manifest and are not images."""
_MAX_NESTING = 4


def read_layout(members: Members) -> list[ArchiveImage]:
    """Return the images of a layout's index; of an index with several platforms, the image of the host's.

    Raises Corrupt, InvalidInput (no image in it), NotFound (none for this host).
    """
    index = parse_manifest(read_member(members, "index.json", LIMIT_BYTES), subject="index.json")
    if not isinstance(index, Index):
        raise Corrupt("it is not an index", subject="index.json")
    images: dict[str, ArchiveImage] = {}
    for entry in index.entries:
        if _ATTESTATION in entry.descriptor.annotations:
            continue
        manifest = _manifest(members, entry.descriptor, _MAX_NESTING)
        if manifest is None:
            continue
        digest = entry.descriptor.digest
        names = _names(entry.descriptor)
        earlier = images.get(digest)
        if earlier is None:
            images[digest] = image_of_manifest(members, manifest, _blob_name, names)
        else:  # the same image under another name
            images[digest] = earlier.replace(names=(*earlier.names, *names))
    if not images:
        raise InvalidInput("it has no image", subject="index.json")
    return list(images.values())


def _manifest(members: Members, descriptor: Descriptor, nesting: int) -> Manifest | None:
    """Return the manifest for this host, or None for something other than an image. Raises Corrupt, NotFound."""
    raw = read_verified(members, _blob_name(descriptor.digest), descriptor.digest)
    parsed = parse_manifest(raw, descriptor.media_type, subject=descriptor.digest)
    if isinstance(parsed, Manifest):
        return parsed if "image" in parsed.config.media_type else None
    if not nesting:
        raise Corrupt("indexes are nested too deeply", subject=descriptor.digest)
    images = [entry for entry in parsed.entries if _ATTESTATION not in entry.descriptor.annotations]
    if not images:
        raise NotFound("the index is empty", subject=descriptor.digest)
    chosen = choose_entry(images, host_platform(os.uname().machine), subject=descriptor.digest)
    return _manifest(members, chosen.descriptor, nesting - 1)


def _names(descriptor: Descriptor) -> tuple[str, ...]:
    """Return the full name of an entry: containerd writes one, other tools only a tag, or any text."""
    text = descriptor.annotations.get(_CONTAINERD_NAME) or descriptor.annotations.get(REFERENCE_NAME) or ""
    if not text:
        return ()
    try:
        if "/" in text or ":" in text:
            return (str(normalize_reference(text).replace(digest="")),)
        return (full_name(text),)
    except InvalidInput:
        return ()  # not a valid reference: the image is loaded without a name


def _blob_name(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"
