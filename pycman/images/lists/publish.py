"""Lists made and pushed without the store: `buildx imagetools create`. Sources and targets are in registries."""

from __future__ import annotations

import contextlib

from pycman.digest import digest_bytes
from pycman.errors import NotFound
from pycman.images.lists.entry import ListEntry, ManifestList, index_bytes, index_type
from pycman.images.lists.push import copy_entry
from pycman.images.lists.sources import SourceOptions, entries_of
from pycman.images.manifest import ACCEPTED, Index, parse_manifest
from pycman.images.transfer.registry_access import RegistryOptions, clients_of
from pycman.record import Record
from pycman.spec.image_reference import normalize_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.image_reference import ImageReference
    from pycman.state.session import Session


class Publication(Record):
    """What is in a registry or shall be: the bytes of a manifest or index, its type, and the images that belong to it."""

    raw: bytes
    media_type: str
    entries: tuple[ListEntry, ...]

    @property
    def digest(self) -> str:
        """Return the digest of the bytes."""
        return digest_bytes(self.raw)


def fetch_published(session: Session, name: str, options: RegistryOptions) -> Publication:
    """Return what a registry has under a name. Raises what registries raise, Corrupt."""
    full = normalize_reference(name)
    client = clients_of(session, full, options, pulling=True)[-1]
    with contextlib.closing(client):
        raw, media_type, digest = client.manifest(full.digest or full.tag, ACCEPTED)
    parsed = parse_manifest(raw, media_type, subject=name)
    if isinstance(parsed, Index):
        return Publication(raw=raw, media_type=parsed.media_type, entries=tuple(_entries(session, name, options)))
    entry = ListEntry(digest=digest, size_bytes=len(raw), media_type=parsed.media_type, repository=full.repository)
    return Publication(raw=raw, media_type=parsed.media_type, entries=(entry,))


def _entries(session: Session, name: str, options: RegistryOptions) -> list[ListEntry]:
    connection = {field: getattr(options, field) for field in RegistryOptions._fields}
    return entries_of(session, f"docker://{name}", SourceOptions(all=True, **connection))


def combine(
    session: Session,
    sources: Sequence[str],
    options: RegistryOptions,
    *,
    append_to: str = "",
    annotations: Sequence[tuple[str, str]] = (),
) -> Publication:
    """Return the list of all images of `sources`, before them those of the list `append_to`; a single source as it is.

    Raises what registries raise.
    """
    if len(sources) == 1 and not append_to and not annotations:
        return fetch_published(session, sources[0], options)
    entries: dict[str, ListEntry] = {}
    for name in (append_to, *sources) if append_to else sources:
        try:
            entries |= {entry.digest: entry for entry in _entries(session, name, options)}
        except NotFound:
            if name != append_to:
                raise
    made = ManifestList(name="", id="", entries=tuple(entries.values()), annotations=dict(annotations))
    return Publication(raw=index_bytes(made), media_type=index_type(made), entries=made.entries)


def publish(session: Session, publication: Publication, target: str, options: RegistryOptions) -> ImageReference:
    """Copy the images to the target's repository as far as it lacks them, then write its tag. Raises what registries raise."""
    full = normalize_reference(target).replace(digest="").with_default_tag()
    client = clients_of(session, full, options, pulling=False)[-1]
    session.paths.prepare()
    with contextlib.closing(client):
        for entry in publication.entries:
            if entry.repository != full.repository:
                copy_entry(session, entry, client, options)
        client.put_manifest(full.tag, publication.raw, publication.media_type)
    return full
