"""Push a manifest list: each image by its digest, then the index under its tag, so that no reader finds a part missing."""

from __future__ import annotations

import contextlib

from pycman.digest import digest_bytes, new_hash
from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error
from pycman.images.catalogue import image_of_id
from pycman.images.lists.catalogue import get_list
from pycman.images.lists.entry import ListEntry, index_bytes, index_type
from pycman.images.lookup import find_by_name
from pycman.images.manifest import ACCEPTED, Manifest, parse_manifest
from pycman.images.transfer.pull import refuse_other_transports
from pycman.images.transfer.push import PushReport, push_content
from pycman.images.transfer.push_manifest import COMPRESSIONS, PushFormat, prepare_content
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.linux.files import remove_tree
from pycman.spec.image_reference import LOCAL_DOMAIN, normalize_reference
from pycman.state import events
from pycman.state.leases import lease
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pycman.digest import Descriptor
    from pycman.images.transfer.registry_access import Progress
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18


class ListPushOptions(RegistryOptions):
    """Options of `manifest push`: `format` is that of the index, oci or v2s2, "" what fits its images; `compression` is
    that of layers, "" keeps their own (gzip for those without); with `add_compression` each image is there again with its
    layers so compressed; without `images` only the index is pushed.
    """

    format: str = ""
    compression: str = ""
    compression_level: int = -1
    add_compression: tuple[str, ...] = ()
    images: bool = True


def push_list(
    session: Session, name: str, destination: str, options: ListPushOptions, *, progress: Progress | None = None
) -> PushReport:
    """Push a list to `destination`, "" is its own name. Raises NotFound, InvalidInput, and what registries raise."""
    refuse_other_transports(destination, "name a repository of a registry")
    found = get_list(session, name)
    index_type(found, options.format)
    added = tuple(dict.fromkeys(_algorithm(session, each) for each in options.add_compression))
    match = find_by_name(session, name)
    own_name = found.name if match is None else match[1]
    if not (destination or own_name):
        raise InvalidInput("a list pushed by its id needs a destination", subject=name, hint="add a destination")
    if not destination and own_name.startswith(f"{LOCAL_DOMAIN}/") and not name.startswith(f"{LOCAL_DOMAIN}/"):
        hint = f"push it as in: pycman manifest push {name} REGISTRY/{name}"
        raise InvalidInput("its name has no registry", subject=name, hint=hint)
    target = normalize_reference(destination or own_name).replace(digest="").with_default_tag()
    session.enter_namespaces()
    with lease(session.db) as leased:
        entries = found.entries
        client = clients_of(session, target, options, pulling=False, progress=progress)[-1]
        place = _Place(session, client, target, options, leased, progress)
        with contextlib.closing(client):
            if options.images:
                entries = tuple(place.push(entry, options.compression) for entry in entries)
                entries += tuple(place.push_again(entry, each) for each in added for entry in found.entries)
            pushed = found.replace(entries=entries)
            raw = index_bytes(pushed, options.format)
            client.put_manifest(target.tag, raw, index_type(pushed, options.format))
    events.append(session.db, "image", "push", found.id, name=str(target))
    return PushReport(reference=str(target), digest=digest_bytes(raw), size_bytes=len(raw))


def _algorithm(session: Session, text: str) -> str:
    """Return the compression of --add-compression. Raises InvalidInput."""
    if text == "zstd:chunked":
        session.warnings.append("zstd:chunked is pushed as zstd, without an index of the files in it")
        return "zstd"
    if not text or text not in COMPRESSIONS:
        raise InvalidInput("not a compression", subject=text, hint="use gzip or zstd")
    return text


class _Place:
    """A repository to which the images of one list are pushed."""

    def __init__(
        self,
        session: Session,
        client: Client,
        target: ImageReference,
        options: ListPushOptions,
        leased: Lease,
        progress: Progress | None,
    ) -> None:
        self._session = session
        self._client = client
        self._target = target
        self._options = options
        self._leased = leased
        self._progress = progress

    def push(self, entry: ListEntry, compression: str) -> ListEntry:
        """Push one image; return its entry with the digest that it has there."""
        if not entry.image_id:
            if entry.repository != self._target.repository:
                copy_entry(self._session, entry, self._client, self._options)
            return entry
        try:
            image = image_of_id(self._session, entry.image_id)
        except NotFound:
            raise NotFound(
                f"the image for {entry.platform} is no longer in the store",
                subject=entry.image_id[:12],
                hint="pull or build it again, or take it out with pycman manifest remove",
            ) from None
        self._leased.add("image", image.id)
        push_format = PushFormat(compression=compression, level=self._options.compression_level)
        content = prepare_content(self._session, image, push_format, self._leased)
        digest = digest_bytes(content.raw)
        push_content(self._session, self._client, digest, content, self._progress)
        return entry.replace(digest=digest, size_bytes=len(content.raw), media_type=content.media_type)

    def push_again(self, entry: ListEntry, compression: str) -> ListEntry:
        """Push one image with its layers in another compression, which the entry's annotation tells (as buildah's does)."""
        if not entry.image_id:
            raise InvalidInput(
                "an image that is only in a registry cannot be compressed again",
                subject=f"{entry.repository}@{entry.digest}",
                hint="pull it, and add it from the store",
            )
        again = self.push(entry, compression)
        if compression != "zstd":
            return again
        return again.replace(annotations={**again.annotations, "io.github.containers.compression.zstd": "true"})


def copy_entry(session: Session, entry: ListEntry, client: Client, options: RegistryOptions) -> None:
    """Copy an image from the repository in which it is, blob by blob; within a registry its blobs are mounted."""
    full = normalize_reference(f"{entry.repository}@{entry.digest}")
    source = clients_of(session, full, options, pulling=True)[-1]
    with contextlib.closing(source):
        raw, media_type, _ = source.manifest(entry.digest, ACCEPTED)
        manifest = parse_manifest(raw, media_type, subject=str(full))
        if not isinstance(manifest, Manifest):
            raise Corrupt("an image of the list is a list itself", subject=str(full))
        blobs = {blob.digest: blob for blob in (manifest.config, *manifest.layers)}
        for blob in blobs.values():
            same_host = source.host == client.host
            if not client.has_blob(blob.digest) and not (same_host and client.mount_blob(blob.digest, source.path)):
                _copy_blob(session, blob, source, client)
        client.put_manifest(entry.digest, raw, media_type or manifest.media_type)


def _copy_blob(session: Session, blob: Descriptor, source: Client, client: Client) -> None:
    """Copy one blob by way of a temporary file, whose digest is checked before a byte of it is uploaded."""
    path = scratch_path(session, "copy")
    hashed, size = new_hash(blob.digest.partition(":")[0]), 0
    reader = source.blob(blob.digest)
    try:
        with open(path, "xb") as file:
            while chunk := reader.read(_CHUNK):
                size += len(chunk)
                if size > blob.size_bytes:
                    break
                hashed.update(chunk)
                file.write(chunk)
        if size != blob.size_bytes or hashed.hexdigest() != blob.digest.partition(":")[2]:
            raise Corrupt("the registry sent other bytes than the manifest says", subject=blob.digest)
        client.upload_blob(blob.digest, size, lambda: _opened(path))
    except OSError as error:
        raise from_os_error(error, subject=blob.digest, doing="cannot copy the blob") from error
    finally:
        remove_tree(path)


def _opened(path: str) -> BinaryIO:
    return open(path, "rb")  # noqa: SIM115 - the upload closes it
