"""Push a manifest list: each image by its digest, then the index under its tag, so that no reader finds a part missing."""

from __future__ import annotations

import contextlib

from pycman.digest import digest_bytes, new_hash
from pycman.errors import Corrupt, InvalidInput, NotFound, from_os_error
from pycman.images.catalogue import image_of_id
from pycman.images.lists.catalogue import get_list
from pycman.images.lists.entry import ListEntry, index_bytes, index_type
from pycman.images.manifest import ACCEPTED, Manifest, parse_manifest
from pycman.images.transfer.pull import refuse_other_transports
from pycman.images.transfer.push import PushReport, push_blobs
from pycman.images.transfer.push_manifest import PushFormat, prepare_content
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.linux.files import remove_tree
from pycman.spec.image_reference import LOCAL_DOMAIN, normalize_reference
from pycman.state.leases import lease
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pycman.digest import Descriptor
    from pycman.registry.client import Client
    from pycman.spec.image_reference import ImageReference
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_CHUNK = 1 << 18


class ListPushOptions(RegistryOptions):
    """Options of `manifest push`: `format` is that of the index, oci or v2s2, "" what fits its images; `compression` is
    that of layers which have none, "" is gzip; without `images` only the index is pushed.
    """

    format: str = ""
    compression: str = ""
    images: bool = True


def push_list(session: Session, name: str, destination: str, options: ListPushOptions) -> PushReport:
    """Push a list to `destination`, "" is its own name. Raises NotFound, InvalidInput, and what registries raise."""
    refuse_other_transports(destination, "name a repository of a registry")
    found = get_list(session, name)
    index_type(found, options.format)
    if not destination and found.name.startswith(f"{LOCAL_DOMAIN}/"):
        hint = f"push it as in: pycman manifest push {name} REGISTRY/{name}"
        raise InvalidInput("its name has no registry", subject=name, hint=hint)
    target = normalize_reference(destination or found.name).replace(digest="").with_default_tag()
    session.enter_namespaces()
    with lease(session.db) as leased:
        entries = found.entries
        client = clients_of(session, target, options, pulling=False)[-1]
        with contextlib.closing(client):
            if options.images:
                entries = tuple(_push_entry(session, entry, client, target, options, leased) for entry in entries)
            pushed = found.replace(entries=entries)
            raw = index_bytes(pushed, options.format)
            client.put_manifest(target.tag, raw, index_type(pushed, options.format))
    return PushReport(reference=str(target), digest=digest_bytes(raw), size_bytes=len(raw))


def _push_entry(
    session: Session, entry: ListEntry, client: Client, target: ImageReference, options: ListPushOptions, leased: Lease
) -> ListEntry:
    """Push one image; return its entry with the digest that it has there."""
    if not entry.image_id:
        if entry.repository != target.repository:
            _copy(session, entry, client, options)
        return entry
    try:
        image = image_of_id(session, entry.image_id)
    except NotFound:
        raise NotFound(
            f"the image for {entry.platform} is no longer in the store",
            subject=entry.image_id[:12],
            hint="pull or build it again, or take it out with pycman manifest remove",
        ) from None
    leased.add("image", image.id)
    content = prepare_content(session, image, PushFormat(compression=options.compression), leased)
    push_blobs(session, client, target, content, None)
    digest = digest_bytes(content.raw)
    client.put_manifest(digest, content.raw, content.media_type)
    return entry.replace(digest=digest, size_bytes=len(content.raw), media_type=content.media_type)


def _copy(session: Session, entry: ListEntry, client: Client, options: ListPushOptions) -> None:
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
