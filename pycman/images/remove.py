"""Remove a name and, with the last one, the image; prune unused images.

The rows are deleted first, in one transaction which checks that no container uses the image; then the garbage collector
removes layers and blobs that no row references. A kill in between leaves garbage and nothing else.
"""

from __future__ import annotations

from pycman.errors import InUse
from pycman.images import lookup
from pycman.images.catalogue import get_id, list_images, names_of, remove_digests
from pycman.images.image import RemoveReport
from pycman.images.mount import is_image_mounted, unmount_image
from pycman.plan import crash_point
from pycman.state import events
from pycman.state.leases import is_leased
from pycman.state.matching import parse_bool
from pycman.storage.gc import collect_garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


class ImageInUse(InUse):
    """Containers use the image; `containers` are their ids."""

    reference = "image-in-use"

    def __init__(self, problem: str, *, subject: str = "", hint: str = "", containers: tuple[str, ...] = ()) -> None:
        super().__init__(problem, subject=subject, hint=hint)
        self.containers = containers


def remove_image(session: Session, name: str, *, force: bool = False, prune: bool = True) -> RemoveReport:
    """Remove a name of an image, and with its last name, or by id, the image. A name may be a reference by digest.

    Removing an image with several names by id needs `force`. With `prune`, its parents without names are removed too. A
    parent of another image only loses its name. Raises NotFound, ImageInUse (also with `force`: pycman/containers
    removes the containers it lists), InUse.
    """
    image_id = get_id(session, name)
    if force and is_image_mounted(session, image_id):
        unmount_image(session, image_id, force=True)
    with session.lock("image", image_id), session.db.transaction():
        report = _remove_rows(session, name, force=force)
        if prune and report.deleted:
            report = _remove_parents(session, report)
    crash_point("image-remove:rows")
    if report.deleted:
        collect_garbage(session)
    return RemoveReport(untagged=report.untagged, deleted=report.deleted)


class _Removed:
    """What was removed so far, and the parent of the image that was removed last."""

    def __init__(self, untagged: tuple[str, ...], deleted: tuple[str, ...], parent_id: str = "") -> None:
        self.untagged = untagged
        self.deleted = deleted
        self.parent_id = parent_id


def _remove_rows(session: Session, name: str, *, force: bool) -> _Removed:
    image_id = get_id(session, name)
    names = names_of(session, image_id)
    match = lookup.find_by_name(session, name)
    if match is not None and match[0] == image_id and "@" in match[1]:
        if _drop_digest(session, image_id, match[1], names):
            return _Removed((match[1],), ())
        names = [match[1]]
    elif match is not None and match[0] == image_id and match[1] in names:
        repository = match[1].rpartition(":")[0]
        others = [each for each in names if each != match[1]]
        if others or _digests(session, image_id, not_of=repository) or _children(session, image_id):
            _untag(session, image_id, match[1])
            if not any(each.rpartition(":")[0] == repository for each in others):
                remove_digests(session, image_id, repository)
            return _Removed((match[1],), ())
    else:
        if len(names) > 1 and not force:
            raise InUse(
                f"the image has several names ({', '.join(names)})",
                subject=name,
                hint="remove it by name, or all of them with -f",
            )
        children = _children(session, image_id)
        if children:
            raise InUse("other images were made from it", subject=name, hint=f"remove {children[0][:12]} first")
    _check_unused(session, image_id, name)
    return _delete(session, image_id, names)


def _drop_digest(session: Session, image_id: str, reference: str, names: Sequence[str]) -> bool:
    """Remove a reference by digest and return True, or return False if the image has no other reference or child.

    Raises InUse if it is no reference of its own but what a name of the image means at present.
    """
    repository, _, digest = reference.partition("@")
    if (repository, digest) not in _digests(session, image_id):
        raise InUse(f"it is the digest of {names[0]}", subject=reference, hint=f"run pycman rmi {names[0]}")
    if not names and not _digests(session, image_id, not_of=repository) and not _children(session, image_id):
        return False
    is_tagged = any(name.rpartition(":")[0] == repository for name in names)
    # a pull by digest recorded the digests of the index and of the manifest: without a tag they go together
    remove_digests(session, image_id, repository, digest if is_tagged else "")
    return True


def _digests(session: Session, image_id: str, *, not_of: str = "") -> list[tuple[str, str]]:
    """Return the references by digest of an image, those of the repository `not_of` left out."""
    rows = session.db.rows(
        "SELECT repository, digest FROM image_digests WHERE image_id = ? AND repository != ?", (image_id, not_of)
    )
    return [(row["repository"], row["digest"]) for row in rows]


def _children(session: Session, image_id: str) -> list[str]:
    rows = session.db.rows("SELECT id FROM images WHERE parent_id = ? AND id != parent_id", (image_id,))
    return [row["id"] for row in rows]


def _check_unused(session: Session, image_id: str, name: str) -> None:
    users = session.db.rows("SELECT id, name FROM containers WHERE image_id = ? ORDER BY created_at_ns", (image_id,))
    if users:
        named = ", ".join(row["name"] for row in users[:3]) + (", …" if len(users) > 3 else "")
        raise ImageInUse(
            f"in use by container{'s' if len(users) > 1 else ''} {named}",
            subject=name,
            hint=f"remove {'them' if len(users) > 1 else 'it'} first, or use -f",
            containers=tuple(row["id"] for row in users),
        )
    if is_leased(session.db, "image", image_id):
        raise InUse("another command is using the image", subject=name, hint="try again when it has ended")
    if is_image_mounted(session, image_id):
        raise InUse("the image is mounted", subject=name, hint="run pycman image unmount, or use -f")


def _untag(session: Session, image_id: str, name: str) -> None:
    session.db.change("DELETE FROM image_names WHERE name = ?", (name,))
    events.append(session.db, "image", "untag", image_id, name=name, image=name)


def _delete(session: Session, image_id: str, names: Sequence[str]) -> _Removed:
    for full_name in reversed(names):  # the newest first, as podman
        if "@" in full_name:
            remove_digests(session, image_id, *full_name.split("@"))
            continue
        _untag(session, image_id, full_name)
    parent_id = session.db.value("SELECT parent_id FROM images WHERE id = ?", (image_id,))
    session.db.change("DELETE FROM images WHERE id = ?", (image_id,))
    name = names[0] if names else ""
    events.append(session.db, "image", "remove", image_id, name=name, image=name)
    return _Removed(tuple(names), (image_id,), parent_id or "")


def _remove_parents(session: Session, report: _Removed) -> _Removed:
    """Remove the parents of the removed image that have no name and no other user."""
    while report.parent_id:
        parent = report.parent_id
        exists = session.db.value("SELECT 1 FROM images WHERE id = ?", (parent,)) is not None
        if not exists or names_of(session, parent) or not _removable(session, parent):
            break
        removed = _delete(session, parent, ())
        report = _Removed(report.untagged, report.deleted + removed.deleted, removed.parent_id)
    return report


class _Children:
    """Whether images have been made of others, counted anew only when another command has changed the database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._version = -1
        self._counts: dict[str, int] = {}

    def __call__(self, image_id: str) -> bool:
        version = self._session.db.version()[0]
        if version != self._version:
            rows = self._session.db.rows(
                "SELECT parent_id, count(*) FROM images WHERE parent_id NOT IN ('', id) GROUP BY parent_id"
            )
            self._version, self._counts = version, {row[0]: row[1] for row in rows}
        return self._counts.get(image_id, 0) > 0

    def forget(self, parent_id: str) -> None:
        """Note that an image made of `parent_id` is removed."""
        if parent_id in self._counts:
            self._counts[parent_id] -= 1


def _removable(session: Session, image_id: str, children: _Children | None = None) -> bool:
    has_children = children(image_id) if children is not None else bool(_children(session, image_id))
    return not (
        has_children
        or session.db.value("SELECT 1 FROM list_entries WHERE image_id = ?", (image_id,))
        or session.db.value("SELECT 1 FROM containers WHERE image_id = ?", (image_id,))
        or is_leased(session.db, "image", image_id)
        or is_image_mounted(session, image_id)
    )


def prune_images(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False
) -> tuple[list[str], int]:
    """Remove images that no container uses: those without names, or `all`; return the removed ids and the bytes freed.

    Filters are those of listings; `dangling=false` means `all`, as in docker. Leased and mounted images, parents of
    remaining images and images of manifest lists are not removed.
    """
    dangling = [parse_bool(value) for key, value in filters if key.strip().lower() == "dangling"]
    named_too = all or False in dangling
    conditions = [(key, value) for key, value in filters if key.strip().lower() != "dangling"]
    removed: list[str] = []
    children = _Children(session)
    while True:
        candidates = [
            image.id
            for image in list_images(session, conditions, all=named_too)
            if not image.containers and (named_too or not image.names)
        ]
        removed_now = [
            image_id for image_id in candidates if _prune_one(session, image_id, children, named_too=named_too)
        ]
        removed += removed_now
        if not removed_now:  # no candidate could be removed: the rest is in use
            break
    crash_point("image-prune:rows")
    return removed, collect_garbage(session)


def _prune_one(session: Session, image_id: str, children: _Children, *, named_too: bool) -> bool:
    with session.lock("image", image_id), session.db.transaction():
        if session.db.value("SELECT 1 FROM images WHERE id = ?", (image_id,)) is None:
            return False
        names = names_of(session, image_id)
        if (names and not named_too) or not _removable(session, image_id, children):
            return False
        children.forget(_delete(session, image_id, names).parent_id)
        return True
