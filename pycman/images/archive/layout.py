"""OCI image layouts, as a tar or as a directory (image-spec v1.1, image-layout.md)."""

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
_ATTACHED = "vnd.docker.reference.type"
"""BuildKit's attestations are manifests about another one, and no images."""
_MAX_NESTING = 4


def read_layout(members: Members) -> list[ArchiveImage]:
    """Return the images of a layout's index; of an index of several platforms, the host's.

    Raises Corrupt, InvalidInput (no image in it), NotFound (none for this host).
    """
    index = parse_manifest(read_member(members, "index.json", LIMIT_BYTES), subject="index.json")
    if not isinstance(index, Index):
        raise Corrupt("it is no index", subject="index.json")
    found: dict[str, ArchiveImage] = {}
    for entry in index.entries:
        if _ATTACHED in entry.descriptor.annotations:
            continue
        manifest = _manifest(members, entry.descriptor, _MAX_NESTING)
        if manifest is None:
            continue
        digest = entry.descriptor.digest
        names = _names(entry.descriptor)
        known = found.get(digest)
        if known is None:
            found[digest] = image_of_manifest(members, manifest, _blob_name, names)
        else:  # the same image under another name
            found[digest] = known.replace(names=(*known.names, *names))
    if not found:
        raise InvalidInput("there is no image in it", subject="index.json")
    return list(found.values())


def _manifest(members: Members, descriptor: Descriptor, nesting: int) -> Manifest | None:
    """Return the manifest for this host, or None for something that is no image."""
    raw = read_verified(members, _blob_name(descriptor.digest), descriptor.digest)
    parsed = parse_manifest(raw, descriptor.media_type, subject=descriptor.digest)
    if isinstance(parsed, Manifest):
        return parsed if "image" in parsed.config.media_type else None
    if not nesting:
        raise Corrupt("indexes are nested too deeply", subject=descriptor.digest)
    images = [entry for entry in parsed.entries if _ATTACHED not in entry.descriptor.annotations]
    if not images:
        raise NotFound("the index is empty", subject=descriptor.digest)
    chosen = choose_entry(images, host_platform(os.uname().machine), subject=descriptor.digest)
    return _manifest(members, chosen.descriptor, nesting - 1)


def _names(descriptor: Descriptor) -> tuple[str, ...]:
    """Return the name of an entry, in full: containerd's is; what others write may be a bare tag, or anything."""
    text = descriptor.annotations.get(_CONTAINERD_NAME) or descriptor.annotations.get(REFERENCE_NAME) or ""
    if not text:
        return ()
    try:
        if "/" in text or ":" in text:
            return (str(normalize_reference(text).replace(digest="")),)
        return (full_name(text),)
    except InvalidInput:
        return ()  # no reference: the image is loaded without a name


def _blob_name(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/', 1)}"
