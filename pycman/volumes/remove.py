"""Remove volumes: the row says "removing" first, then what is mounted and stored goes, then the row."""

from __future__ import annotations

from pycman.errors import InUse, PycmanError
from pycman.linux.files import remove_tree
from pycman.plan import crash_point
from pycman.state import events, owners
from pycman.storage.usage import tree_size
from pycman.volumes.catalogue import discard, get_volume, list_volumes, no_such
from pycman.volumes.filters import used_names
from pycman.volumes.volume import mount_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session


class VolumeInUse(InUse):
    """Containers use the volume; `containers` are their ids, empty if only `volume mount` keeps it in use."""

    def __init__(
        self, problem: str, *, subject: str, hint: str, code: str = "", containers: tuple[str, ...] = ()
    ) -> None:
        super().__init__(problem, subject=subject, hint=hint, code=code, facts={"containers": ", ".join(containers)})
        self.containers = containers


def volume_users(session: Session, name: str) -> list[tuple[str, str]]:
    """Return (id, name) of each container that mounts a volume, running or not."""
    rows = session.db.rows(
        "SELECT c.id, c.name FROM container_volumes v JOIN containers c ON c.id = v.container_id"
        " WHERE v.volume_name = ? ORDER BY c.name",
        (name,),
    )
    return [(row["id"], row["name"]) for row in rows]


def remove_volume(session: Session, name: str, *, force: bool = False) -> str:
    """Remove a volume and return its name.

    Raises NotFound, and VolumeInUse if containers use it or it is mounted by `volume mount`; `force` removes a mounted
    one.
    """
    session.enter_namespaces()
    full_name = get_volume(session, name).name
    with session.lock("volume", full_name):
        with session.db.transaction():
            row = session.db.row("SELECT * FROM volumes WHERE name = ? AND state = 'ready'", (full_name,))
            if row is None:
                raise no_such(name)
            users = volume_users(session, full_name)
            if users:
                names = ", ".join(user for _, user in users)
                raise VolumeInUse(
                    f"containers use the volume: {names}",
                    subject=full_name,
                    hint="remove them first, or use -f",
                    containers=tuple(container_id for container_id, _ in users),
                    code="volume-in-use",
                )
            if mount_count(row) and not force:
                raise VolumeInUse(
                    "the volume is mounted", subject=full_name, hint=f"run pycman volume unmount {full_name} first"
                )
            _mark(session, full_name)
        _remove_marked(session, full_name)
    return full_name


def _mark(session: Session, name: str) -> None:
    session.db.change("UPDATE volumes SET state = 'removing', owner = ? WHERE name = ?", (owners.me(), name))


def _remove_marked(session: Session, name: str) -> None:
    crash_point("volume-remove:marked")
    discard(session, name)
    crash_point("volume-remove:discarded")
    events.append(session.db, "volume", "remove", name, name=name)
    # the lock holder may unlink the lock file: waiters re-check the inode (linux/files.py)
    remove_tree(session.paths.lock("volume", name))


def mark_anonymous(session: Session, names: Sequence[str]) -> list[str]:
    """Mark anonymous volumes for removal in the transaction in which their container goes; return those that no other uses.

    So a kill at any moment leaves either the container or rows that `recover_volumes` sees.
    """
    used = "SELECT 1 FROM container_volumes WHERE volume_name = volumes.name"
    change = f"UPDATE volumes SET state = 'removing', owner = ? WHERE name = ? AND NOT EXISTS ({used})"
    return [name for name in names if session.db.change(change, (owners.me(), name))]


def remove_anonymous(session: Session, name: str) -> None:
    """Remove a volume that `mark_anonymous` has marked; does nothing if it is gone."""
    with session.lock("volume", name):
        if session.db.value("SELECT state FROM volumes WHERE name = ?", (name,)) == "removing":
            _remove_marked(session, name)


def prune_volumes(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = True
) -> tuple[list[str], int]:
    """Remove the volumes that no container uses, without `all` only anonymous ones.

    Return their names and the bytes freed.
    """
    session.enter_namespaces()
    used = used_names(session)
    removed = []
    freed = 0
    for volume in list_volumes(session, filters):
        if volume.name in used or not (all or volume.anonymous):
            continue
        size = tree_size(volume.mountpoint)
        try:
            removed.append(remove_volume(session, volume.name))
        except PycmanError:
            continue  # another command mounted, used or removed it meanwhile
        freed += size
    if removed:
        events.append(session.db, "volume", "prune", "", attributes={"reclaimed": str(freed)})
    return removed, freed
