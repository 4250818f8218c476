"""What an image contributes to a manifest list: one entry, or with `all` every entry of an index in a registry.

A name without a transport is an image of the store if there is one, else one of a registry, of which only manifests
and a config are fetched.
"""

from __future__ import annotations

import contextlib
import os

from pycman.digest import digest_bytes
from pycman.errors import Corrupt, NotFound
from pycman.images.catalogue import find_named
from pycman.images.image_config import parse_image_config
from pycman.images.lists.catalogue import get_list
from pycman.images.lists.entry import ListEntry
from pycman.images.manifest import ACCEPTED, Index, Manifest, check_image, parse_manifest
from pycman.images.platform import Platform, choose_entry, host_platform, matches
from pycman.images.transfer.pull import refuse_other_transports
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.images.manifest import IndexEntry
    from pycman.registry.client import Client
    from pycman.state.session import Session

_LOCAL, _REMOTE = "containers-storage:", "docker://"
_LARGEST_CONFIG_BYTES = 4 << 20


class SourceOptions(RegistryOptions):
    """Options of `manifest create` and `add`: `all` takes every image of an index, else that for `platform`, the host's
    if None.
    """

    all: bool = False
    platform: Platform | None = None


def entries_of(session: Session, name: str, options: SourceOptions) -> list[ListEntry]:
    """Return the entries for an image. Raises NotFound, InvalidInput, Unsupported, and what registries raise."""
    refuse_other_transports(name.removeprefix(_LOCAL), "load it first with pycman load")
    if not name.startswith(_REMOTE):
        image = find_named(session, name.removeprefix(_LOCAL))
        if image is not None and image.is_list:
            return _of_list(session, image.id, name, options)
        if image is not None:
            manifest = session.db.value("SELECT manifest FROM images WHERE id = ?", (image.id,))
            entry = ListEntry(
                digest=image.manifest_digest,
                size_bytes=len(manifest.encode()),
                media_type=image.media_type,
                os=image.os,
                architecture=image.architecture,
                variant=image.variant,
                image_id=image.id,
            )
            return [entry]
        if name.startswith(_LOCAL):
            raise NotFound("no such image", subject=name, code="no-such-image")
    return _remote(session, name, options)


def _of_list(session: Session, list_id: str, name: str, options: SourceOptions) -> list[ListEntry]:
    """Return the entries of a list of the store, or that for the platform."""
    entries = get_list(session, list_id).entries
    if options.all:
        return list(entries)
    platform = options.platform or host_platform(os.uname().machine)
    fitting = [entry for entry in entries if matches(platform, entry.os, entry.architecture, entry.variant)]
    if not fitting:
        raise NotFound(
            f"the manifest list has no image for {platform}", subject=name, hint="use --all, or --os and --arch"
        )
    return fitting[:1]


def _remote(session: Session, name: str, options: SourceOptions) -> list[ListEntry]:
    full = normalize_reference(name)
    client = clients_of(session, full, options, pulling=True)[-1]
    with contextlib.closing(client):
        raw, media_type, digest = client.manifest(full.digest or full.tag, ACCEPTED)
        parsed = parse_manifest(raw, media_type, subject=name)
        if isinstance(parsed, Manifest):
            check_image(parsed, subject=name)
            entry = ListEntry(digest=digest, size_bytes=len(raw), media_type=parsed.media_type)
            return [_with_platform(client, entry, parsed, name).replace(repository=full.repository)]
        chosen = _chosen(parsed, options, name)
        return [_of_index(entry).replace(repository=full.repository) for entry in chosen]


def fetch_manifest(session: Session, name: str, options: Mapping[str, Any]) -> bytes:
    """Return the manifest or index that a registry has for a name; `options` are fields of RegistryOptions."""
    full = normalize_reference(name)
    client = clients_of(session, full, RegistryOptions(**options), pulling=True)[-1]
    with contextlib.closing(client):
        raw, media_type, _ = client.manifest(full.digest or full.tag, ACCEPTED)
    parse_manifest(raw, media_type, subject=name)
    return raw


def _chosen(index: Index, options: SourceOptions, name: str) -> Sequence[IndexEntry]:
    if options.all:
        return index.entries
    platform = options.platform or host_platform(os.uname().machine)
    return [choose_entry(index.entries, platform, subject=name)]


def _of_index(entry: IndexEntry) -> ListEntry:
    descriptor = entry.descriptor
    return ListEntry(
        digest=descriptor.digest,
        size_bytes=descriptor.size_bytes,
        media_type=descriptor.media_type,
        os=entry.os,
        architecture=entry.architecture,
        variant=entry.variant,
        annotations=dict(descriptor.annotations),
    )


def _with_platform(client: Client, entry: ListEntry, manifest: Manifest, name: str) -> ListEntry:
    """Return the entry with the platform that the image's config tells."""
    data = b""
    reader = client.blob(manifest.config.digest)
    while chunk := reader.read():
        data += chunk
        if len(data) > _LARGEST_CONFIG_BYTES:
            raise Corrupt(f"its config is larger than {_LARGEST_CONFIG_BYTES >> 20} MiB", subject=name)
    if digest_bytes(data) != manifest.config.digest:
        raise Corrupt("its config has another digest than its manifest says", subject=name)
    config = parse_image_config(data, subject=name)
    return entry.replace(
        os=config.get("os") or "linux",
        architecture=config.get("architecture") or "",
        variant=config.get("variant") or "",
        os_version=config.get("os.version") or "",
    )
