"""The rows of manifest lists: create, find, add and change entries, remove."""

from __future__ import annotations

import os
import time

from pycman.errors import AlreadyExists, NotFound
from pycman.images.lists.entry import ListEntry, ManifestList
from pycman.images.lookup import local_name
from pycman.jsontext import format_json, parse_json
from pycman.spec.image_reference import DEFAULT_DOMAIN, LOCAL_DOMAIN, parse_image_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pycman.state.session import Session


def create_list(
    session: Session, name: str, entries: Sequence[ListEntry], annotations: Mapping[str, str], *, amend: bool = False
) -> ManifestList:
    """Create a list. Raises AlreadyExists unless `amend`, which adds to the list there is; InvalidInput (name)."""
    full_name = local_name(name)
    with session.db.transaction():
        if find_list(session, full_name) is None:
            session.db.change(
                "INSERT INTO manifest_lists VALUES (?, ?, '{}', ?)", (full_name, os.urandom(32).hex(), time.time_ns())
            )
        elif not amend:
            raise AlreadyExists("there is a manifest list of this name", subject=name, hint="use --amend to add to it")
        _annotate_list(session, full_name, annotations)
        _write(session, full_name, entries)
    return get_list(session, full_name)


def find_list(session: Session, name: str) -> ManifestList | None:
    """Return the list with a name or id, or None. A short name is one of localhost, else of docker.io."""
    row = session.db.row("SELECT * FROM manifest_lists WHERE id = ?", (name,))
    for full_name in () if row is not None else _full_names(name):
        row = row or session.db.row("SELECT * FROM manifest_lists WHERE name = ?", (full_name,))
    if row is None:
        return None
    rows = session.db.rows("SELECT entry FROM manifest_list_entries WHERE name = ? ORDER BY position", (row["name"],))
    return ManifestList(
        name=row["name"],
        id=row["id"],
        entries=tuple(ListEntry.from_dict(parse_json(each["entry"])) for each in rows),
        annotations=parse_json(row["annotations"]),
    )


def _full_names(name: str) -> list[str]:
    reference = parse_image_reference(name).replace(digest="").with_default_tag()
    if reference.domain:
        return [str(reference)]
    return [str(reference.with_domain(domain)) for domain in (LOCAL_DOMAIN, DEFAULT_DOMAIN)]


def get_list(session: Session, name: str) -> ManifestList:
    """Return the list with a name or id. Raises NotFound, InvalidInput (malformed)."""
    found = find_list(session, name)
    if found is None:
        raise NotFound("no such manifest list", subject=name, hint="make it with pycman manifest create")
    return found


def add_entries(session: Session, name: str, entries: Sequence[ListEntry]) -> ManifestList:
    """Add entries at the end; one with a digest that is there already takes its place. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        _write(session, found.name, entries)
    return get_list(session, found.name)


def _write(session: Session, full_name: str, entries: Sequence[ListEntry]) -> None:
    for entry in entries:
        last = session.db.value("SELECT MAX(position) FROM manifest_list_entries WHERE name = ?", (full_name,))
        session.db.change(
            "INSERT INTO manifest_list_entries VALUES (?, ?, ?, ?)"
            " ON CONFLICT (name, digest) DO UPDATE SET entry = excluded.entry",
            (full_name, entry.digest, (last or 0) + 1, format_json(entry.to_dict())),
        )


def _annotate_list(session: Session, full_name: str, annotations: Mapping[str, str]) -> None:
    if annotations:
        kept = parse_json(session.db.value("SELECT annotations FROM manifest_lists WHERE name = ?", (full_name,)))
        session.db.change(
            "UPDATE manifest_lists SET annotations = ? WHERE name = ?",
            (format_json({**kept, **annotations}), full_name),
        )


def annotate_list(session: Session, name: str, annotations: Mapping[str, str]) -> ManifestList:
    """Set annotations of the list itself. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        _annotate_list(session, found.name, annotations)
    return get_list(session, found.name)


def replace_entry(session: Session, name: str, entry: ListEntry) -> ManifestList:
    """Put `entry` in the place of the one with its digest. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        entry_of(found, entry.digest)
        _write(session, found.name, [entry])
    return get_list(session, found.name)


def entry_of(manifest_list: ManifestList, digest: str) -> ListEntry:
    """Return the entry with a digest, or with a unique start of one (at least 12 digits). Raises NotFound."""
    wanted = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    found = [entry for entry in manifest_list.entries if entry.digest.startswith(wanted)]
    if len(found) != 1 or len(wanted) < len("sha256:") + 12:
        known = ", ".join(entry.digest for entry in manifest_list.entries) or "none"
        raise NotFound(f"no such manifest in {manifest_list.name}", subject=digest, hint=f"it has {known}")
    return found[0]


def remove_entry(session: Session, name: str, digest: str) -> ManifestList:
    """Take the entry with a digest out of a list. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        entry = entry_of(found, digest)
        session.db.change("DELETE FROM manifest_list_entries WHERE name = ? AND digest = ?", (found.name, entry.digest))
    return get_list(session, found.name)


def remove_list(session: Session, name: str) -> ManifestList:
    """Remove a list; its images stay. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        session.db.change("DELETE FROM manifest_lists WHERE name = ?", (found.name,))
    return found
