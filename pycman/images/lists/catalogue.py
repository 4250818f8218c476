"""The rows of manifest lists: create, find, add and change entries, remove.

A list is a row of images whose manifest is the index of its entries, written anew with each change: names, tags, listing and
removal are those of every image.
"""

from __future__ import annotations

import os
import time

from pycman.digest import digest_bytes
from pycman.errors import AlreadyExists, InvalidInput, NotFound
from pycman.images.catalogue import find_named, image_of_id, names_of, set_name
from pycman.images.lists.entry import ListEntry, ManifestList, index_bytes, index_type
from pycman.images.lookup import local_name
from pycman.jsontext import format_json, parse_json
from pycman.state import events

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
        found = find_named(session, full_name)
        if found is not None and full_name in found.names and not (amend and found.is_list):
            what, hint = (
                ("a manifest list", "use --amend to add to it") if found.is_list else ("an image", "untag it first")
            )
            raise AlreadyExists(f"there is {what} of this name", subject=name, hint=hint)
        if found is None or full_name not in found.names:
            made = insert_list(session, full_name)
        else:
            made = _read(session, found.id)
        return _write(session, made.replace(annotations={**made.annotations, **annotations}), entries)


def insert_list(session: Session, full_name: str) -> ManifestList:
    """Insert an empty list under a full name, which it takes from what had it; within a transaction."""
    now = time.time_ns()
    made = ManifestList(name=full_name, id=os.urandom(32).hex())
    session.db.change(
        "INSERT INTO images (id, manifest_digest, media_type, manifest, config, os, architecture, variant,"
        " image_created_at_ns, created_at_ns) VALUES (?, '', ?, '{}', '{}', '', '', '', ?, ?)",
        (made.id, index_type(made), now, now),
    )
    set_name(session, made.id, full_name)
    events.append(session.db, "image", "create", made.id, name=full_name, image=full_name)
    return made


def find_list(session: Session, name: str) -> ManifestList | None:
    """Return the list with a name, an id or a unique prefix of an id, or None, also if that is an image."""
    found = find_named(session, name)
    return _read(session, found.id) if found is not None and found.is_list else None


def get_list(session: Session, name: str) -> ManifestList:
    """Return the list with a name or id. Raises NotFound, InvalidInput (an image, or malformed)."""
    found = find_named(session, name)
    if found is None:
        raise NotFound(
            "no such manifest list",
            subject=name,
            hint="make it with pycman manifest create",
            code="no-such-manifest-list",
        )
    if not found.is_list:
        raise InvalidInput("it is an image and no manifest list", subject=name, hint="see pycman manifest create")
    return _read(session, found.id)


def _read(session: Session, list_id: str) -> ManifestList:
    row = session.db.row("SELECT manifest FROM images WHERE id = ?", (list_id,))
    rows = session.db.rows("SELECT entry FROM list_entries WHERE list_id = ? ORDER BY position", (list_id,))
    names = names_of(session, list_id)
    return ManifestList(
        name=names[0] if names else "",
        id=list_id,
        entries=tuple(ListEntry.from_dict(parse_json(each["entry"])) for each in rows),
        annotations=parse_json(row["manifest"]).get("annotations") or {},
    )


def add_entries(session: Session, name: str, entries: Sequence[ListEntry]) -> ManifestList:
    """Add entries at the end; one with a digest that is there already takes its place. Raises NotFound."""
    with session.db.transaction():
        return _write(session, get_list(session, name), entries)


def _write(session: Session, made: ManifestList, entries: Sequence[ListEntry] = ()) -> ManifestList:
    """Write entries, annotations and the index of a list; return it as it is then."""
    for entry in entries:
        last = session.db.value("SELECT MAX(position) FROM list_entries WHERE list_id = ?", (made.id,))
        session.db.change(
            "INSERT INTO list_entries (list_id, digest, position, image_id, entry) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (list_id, digest) DO UPDATE SET entry = excluded.entry, image_id = excluded.image_id",
            (made.id, entry.digest, (last or 0) + 1, entry.image_id, format_json(entry.to_dict())),
        )
    now = _read(session, made.id).replace(name=made.name, annotations=made.annotations)
    raw = index_bytes(now)
    session.db.change(
        "UPDATE images SET manifest = ?, manifest_digest = ?, media_type = ?, size_bytes = ? WHERE id = ?",
        (raw.decode(), digest_bytes(raw), index_type(now), len(raw), made.id),
    )
    return now


def annotate_list(session: Session, name: str, annotations: Mapping[str, str]) -> ManifestList:
    """Set annotations of the list itself. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        return _write(session, found.replace(annotations={**found.annotations, **annotations}))


def replace_entry(session: Session, name: str, entry: ListEntry) -> ManifestList:
    """Put `entry` in the place of the one with its digest. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        entry_of(found, entry.digest)
        return _write(session, found, [entry])


def entry_of(manifest_list: ManifestList, digest: str) -> ListEntry:
    """Return the entry with a digest, or with a unique start of one (at least 12 digits). Raises NotFound."""
    wanted = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    found = [entry for entry in manifest_list.entries if entry.digest.startswith(wanted)]
    if len(found) != 1 or len(wanted) < len("sha256:") + 12:
        known = ", ".join(entry.digest for entry in manifest_list.entries) or "none"
        raise NotFound(
            f"no such manifest in {manifest_list.name}",
            subject=digest,
            hint=f"it has {known}",
            code="no-such-manifest-list",
        )
    return found[0]


def remove_entry(session: Session, name: str, digest: str) -> ManifestList:
    """Take the entry with a digest out of a list. Raises NotFound."""
    with session.db.transaction():
        found = get_list(session, name)
        entry = entry_of(found, digest)
        session.db.change("DELETE FROM list_entries WHERE list_id = ? AND digest = ?", (found.id, entry.digest))
        return _write(session, found)


def remove_list(session: Session, name: str) -> tuple[ManifestList, tuple[str, ...]]:
    """Remove a list with all its names; its images stay. Return it and the names. Raises NotFound, InvalidInput."""
    with session.db.transaction():
        found = get_list(session, name)
        names = image_of_id(session, found.id).names
        session.db.change("DELETE FROM images WHERE id = ?", (found.id,))
        for full_name in names:
            events.append(session.db, "image", "untag", found.id, name=full_name, image=full_name)
        events.append(session.db, "image", "remove", found.id, name=found.name, image=found.name)
    return found, names
