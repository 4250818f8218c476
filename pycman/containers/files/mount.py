"""`mount` and `unmount`: a container's root file system mounted on the host, and mounted for the time of one verb.

The row counts the users of `mount`. A mount does not outlive the boot (rootless: the user's namespaces), so if the
kernel has no mount there, the count is stale and counts as 0.
"""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.events import append_event
from pycman.containers.mounts.steps import mount_root
from pycman.contexts import contextmanager
from pycman.errors import WrongState
from pycman.linux.mounts import unmount_below
from pycman.plan import crash_point
from pycman.state.leases import Lease, is_leased

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pycman.state.session import Session

_LEASE = "container-root"


def mount_container(session: Session, name: str) -> str:
    """Mount a container's root file system, or count one more user of the mount, and return its path.

    Rootless, the mount is in the user's own mount namespace and is visible below `pycman unshare`. Raises NotFound,
    MountFailed.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        bare_root = spec_of(row).bare_root
        if bare_root:
            return os.path.abspath(bare_root)
        count = mount_count(session, row)
        merged = mount_root(session, row)
        crash_point("mount:mounted")
        session.db.change("UPDATE containers SET mounted = ? WHERE id = ?", (count + 1, container_id))
        append_event(session, row, "mount")
    return merged


def unmount_container(session: Session, name: str, *, force: bool = False) -> str:
    """Undo one `mount_container` (`force`: all of them) and return the container's id.

    The root of a running container stays mounted. Raises NotFound, WrongState if it is not mounted.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        count = mount_count(session, row)
        if not count and not spec_of(row).bare_root:
            raise WrongState("it is not mounted", subject=name, hint=f"pycman mount {name} mounts it")
        new_count = 0 if force else max(0, count - 1)
        session.db.change("UPDATE containers SET mounted = ? WHERE id = ?", (new_count, container_id))
        crash_point("unmount:counted")
        _unmount_unused(session, row_of(session, container_id))
        append_event(session, row, "unmount")
    return container_id


def list_mounted(session: Session) -> list[tuple[str, str]]:
    """Return (id, path) of each container that is mounted by `mount_container`."""
    rows = session.db.rows("SELECT id, mounted FROM containers WHERE mounted > 0 ORDER BY created_at_ns")
    if rows:
        session.enter_namespaces()
    return [(row["id"], session.paths.merged(row["id"])) for row in rows if mount_count(session, row)]


def mount_count(session: Session, row: Mapping[str, Any]) -> int:
    """Return how many users of `mount_container` a container's root has; 0 if it is not mounted any more."""
    return int(row["mounted"]) if row["mounted"] and os.path.ismount(session.paths.merged(row["id"])) else 0


@contextmanager
def root_mounted(session: Session, container_id: str) -> Iterator[str]:
    """Mount a container's root, running or not, for the block, and yield its path. Raises NotFound, MountFailed.

    A lease keeps other users of this function from unmounting it, and ends with the process. A mount that a killed
    process leaves is used by the next start or unmounted by the next cleanup.
    """
    lease = Lease(session.db)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id))
        spec = spec_of(row)
        if not spec.bare_root:
            lease.add(_LEASE, container_id)
        try:
            path = os.path.abspath(spec.bare_root) if spec.bare_root else mount_root(session, row)
        except BaseException:
            lease.release()
            raise
    try:
        yield path
    finally:
        lease.release()
        if not spec.bare_root:
            with session.lock("container", container_id):
                current = session.db.row("SELECT * FROM containers WHERE id = ?", (container_id,))
                if current is not None:
                    _unmount_unused(session, current)


def _unmount_unused(session: Session, row: Mapping[str, Any]) -> None:
    """Unmount the root unless a process, a user of `mount` or another verb uses it.

    The caller holds the container's lock.
    """
    if (
        row["boot_id"]
        or states.has_process(row)
        or mount_count(session, row)
        or is_leased(session.db, _LEASE, row["id"])
    ):
        return
    unmount_below(session.paths.merged(row["id"]))
