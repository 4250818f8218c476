"""Remove volumes: the row says "removing" first."""

from __future__ import annotations

import os

from pycman.errors import InUse, NotFound, PycmanError
from pycman.linux.files import remove_tree
from pycman.linux.mounts import unmount_below
from pycman.plan import crash_point
from pycman.state import events, owners
from pycman.storage.usage import tree_size
from pycman.volumes.catalogue import get_volume, list_volumes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


def remove_volume(session: Session, name: str, *, force: bool = False) -> str:
    """Remove a volume and return its name. Raises NotFound (not with `force`), InUse naming the containers."""
    session.enter_namespaces()
    try:
        volume = get_volume(session, name)
    except NotFound:
        if force:
            return name
        raise
    with session.lock("volume", volume.name):
        rows = session.db.rows(
            "SELECT c.name FROM container_volumes v JOIN containers c ON c.id = v.container_id WHERE v.volume_name = ?",
            (volume.name,),
        )
        if rows:
            users = ", ".join(row["name"] for row in rows)
            raise InUse(f"volume is being used by {users}", subject=name, hint="remove those containers first")
        _remove_locked(session, volume.name)
    return volume.name


def remove_anonymous(session: Session, name: str) -> None:
    """Remove a container's anonymous volume unless somebody else uses it; none is fine."""
    with session.lock("volume", name):
        if session.db.value("SELECT 1 FROM container_volumes WHERE volume_name = ?", (name,)):
            return
        if session.db.value("SELECT 1 FROM volumes WHERE name = ?", (name,)):
            _remove_locked(session, name)


def _remove_locked(session: Session, name: str) -> None:
    session.db.change("UPDATE volumes SET state = 'removing', owner = ? WHERE name = ?", (owners.me(), name))
    crash_point("volume-remove:marked")
    directory = os.path.dirname(session.paths.volume(name))
    unmount_below(directory)
    remove_tree(directory)
    crash_point("volume-remove:directory")
    with session.db.transaction():
        session.db.change("DELETE FROM volumes WHERE name = ?", (name,))
        events.append(session.db, "volume", "remove", name, name=name)
    remove_tree(session.paths.lock("volume", name))


def prune_volumes(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = True
) -> tuple[list[str], int]:
    """Remove volumes no container uses: all, or only anonymous ones. Returns names and bytes freed."""
    session.enter_namespaces()
    removed = []
    freed = 0
    for volume in list_volumes(session, filters):
        if volume.in_use or not (all or volume.anonymous):
            continue
        size = tree_size(volume.mountpoint)
        try:
            remove_volume(session, volume.name)
        except PycmanError:
            continue  # somebody began to use it, or removed it
        removed.append(volume.name)
        freed += size
    return removed, freed
