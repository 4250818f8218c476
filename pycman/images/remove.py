"""Removing a name and, with the last one, the image; pruning those that nobody needs.

Rows go first, in one transaction which looks again whether a container has come to need the image; then the garbage
collector takes the layers and blobs that nothing reaches any more. A kill in between leaves garbage and nothing else.
"""

from __future__ import annotations

from pycman.errors import InUse
from pycman.images import lookup
from pycman.images.catalogue import get_id, list_images, names_of
from pycman.images.image import RemoveReport
from pycman.images.mount import is_image_mounted, unmount_image
from pycman.plan import crash_point
from pycman.state import events
from pycman.state.leases import is_leased
from pycman.storage.gc import collect_garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


class ImageInUse(InUse):
    """Containers were made of the image. `containers` are their ids."""

    reference = "image-in-use"

    def __init__(self, problem: str, *, subject: str = "", hint: str = "", containers: tuple[str, ...] = ()) -> None:
        super().__init__(problem, subject=subject, hint=hint)
        self.containers = containers


def remove_image(session: Session, name: str, *, force: bool = False, prune: bool = True) -> RemoveReport:
    """Take a name from an image, or the image away with its last name; an id means the image.

    An id with several names needs `force`. With `prune`, nameless images it was made from go too. An image from which
    another one here was made only loses its name. Raises NotFound, ImageInUse (which lists the containers, also with
    `force`: containers are the business of a room above), InUse.
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
    """What has gone so far, and the parent of the image that went last."""

    def __init__(self, untagged: tuple[str, ...], deleted: tuple[str, ...], parent_id: str = "") -> None:
        self.untagged = untagged
        self.deleted = deleted
        self.parent_id = parent_id


def _remove_rows(session: Session, name: str, *, force: bool) -> _Removed:
    image_id = get_id(session, name)
    names = names_of(session, image_id)
    by_name = lookup.find_by_name(session, name)
    if by_name is not None and by_name[0] == image_id and by_name[1] in names:
        if len(names) > 1 or _children(session, image_id):
            _untag(session, image_id, by_name[1])
            return _Removed((by_name[1],), ())
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


def _children(session: Session, image_id: str) -> list[str]:
    rows = session.db.rows("SELECT id FROM images WHERE parent_id = ?", (image_id,))
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
    for each in names:
        _untag(session, image_id, each)
    parent_id = session.db.value("SELECT parent_id FROM images WHERE id = ?", (image_id,))
    session.db.change("DELETE FROM images WHERE id = ?", (image_id,))
    name = names[0] if names else ""
    events.append(session.db, "image", "remove", image_id, name=name, image=name)
    return _Removed(tuple(names), (image_id,), parent_id or "")


def _remove_parents(session: Session, report: _Removed) -> _Removed:
    """Take away the nameless images the removed one was made from, as far as nothing else needs them."""
    while report.parent_id:
        parent = report.parent_id
        known = session.db.value("SELECT 1 FROM images WHERE id = ?", (parent,)) is not None
        if not known or names_of(session, parent) or not _removable(session, parent):
            break
        gone = _delete(session, parent, ())
        report = _Removed(report.untagged, report.deleted + gone.deleted, gone.parent_id)
    return report


def _removable(session: Session, image_id: str) -> bool:
    return not (
        _children(session, image_id)
        or session.db.value("SELECT 1 FROM containers WHERE image_id = ?", (image_id,))
        or is_leased(session.db, "image", image_id)
        or is_image_mounted(session, image_id)
    )


def prune_images(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False
) -> tuple[list[str], int]:
    """Remove images that no container uses: nameless ones, or `all`; return the ids that went and the bytes freed.

    Filters are those of listings; `dangling=false` is docker's word for `all`. What is leased, mounted or a parent of
    something that stays is left alone.
    """
    every = all or ("dangling", "false") in [(key.lower(), value.lower()) for key, value in filters]
    kept = [(key, value) for key, value in filters if key.strip().lower() != "dangling"]
    removed: list[str] = []
    while True:
        wanted = [
            image.id
            for image in list_images(session, kept, all=every)
            if not image.containers and (every or not image.names)
        ]
        gone = [image_id for image_id in wanted if _prune_one(session, image_id, every=every)]
        removed += gone
        if not gone:  # a round without a removal: what is left has users
            break
    crash_point("image-prune:rows")
    return removed, collect_garbage(session)


def _prune_one(session: Session, image_id: str, *, every: bool) -> bool:
    with session.lock("image", image_id), session.db.transaction():
        if session.db.value("SELECT 1 FROM images WHERE id = ?", (image_id,)) is None:
            return False
        names = names_of(session, image_id)
        if (names and not every) or not _removable(session, image_id):
            return False
        _delete(session, image_id, names)
        return True
