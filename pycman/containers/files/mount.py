"""`mount` and `unmount`: a container's root file system for somebody outside of it.

The count stands in the container's row; a mount ends with the boot (and rootless with the user's namespaces), so where
the kernel has none, the count is stale and begins again at 0.
"""

from __future__ import annotations

import contextlib
import os

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.mounts.steps import mount_root
from pycman.errors import WrongState
from pycman.linux.mounts import unmount_below
from pycman.plan import crash_point
from pycman.state import events
from pycman.state.leases import Lease, is_leased

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pycman.state.session import Session

_LEASE = "container-root"


def mount_container(session: Session, name: str) -> str:
    """Mount a container's root file system (or count one more user of it) and return where.

    Rootless, the mount is in the user's own mount namespace: look into it below `pycman unshare`. Raises NotFound,
    MountFailed.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        rootfs = spec_of(row).rootfs
        if rootfs:
            return os.path.abspath(rootfs.partition(":")[0])
        count = mount_count(session, row)
        merged = mount_root(session, row)
        crash_point("mount:mounted")
        session.db.change("UPDATE containers SET mounted = ? WHERE id = ?", (count + 1, container_id))
        _tell(session, row, "mount")
    return merged


def unmount_container(session: Session, name: str, *, force: bool = False) -> str:
    """Undo one `mount_container` (`force`: all of them) and return the container's id.

    A running container keeps its mount. Raises NotFound, WrongState if it is not mounted.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        count = mount_count(session, row)
        if not count and not spec_of(row).rootfs:
            raise WrongState("it is not mounted", subject=name, hint=f"pycman mount {name} mounts it")
        left = 0 if force else max(0, count - 1)
        session.db.change("UPDATE containers SET mounted = ? WHERE id = ?", (left, container_id))
        crash_point("unmount:counted")
        _unmount_unused(session, row_of(session, container_id))
        _tell(session, row, "unmount")
    return container_id


def list_mounted(session: Session) -> list[tuple[str, str]]:
    """Return (id, path) of each container that is mounted by `mount_container`."""
    rows = session.db.rows("SELECT id, mounted FROM containers WHERE mounted > 0 ORDER BY created_at_ns")
    if rows:
        session.enter_namespaces()
    return [(row["id"], session.paths.merged(row["id"])) for row in rows if mount_count(session, row)]


def mount_count(session: Session, row: Mapping[str, Any]) -> int:
    """Return how many `mount_container`s hold a container's root."""
    return int(row["mounted"]) if row["mounted"] and os.path.ismount(session.paths.merged(row["id"])) else 0


@contextlib.contextmanager
def root_mounted(session: Session, container_id: str) -> Iterator[str]:
    """Have a container's root mounted for the block and give its path; for verbs that look into stopped ones.

    A lease holds it against others of these, and ends with the process; what a kill leaves mounted is used by the
    next start or unmounted by the next clean-up.
    """
    held = Lease(session.db)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id))
        spec = spec_of(row)
        if not spec.rootfs:
            held.add(_LEASE, container_id)
        try:
            path = os.path.abspath(spec.rootfs.partition(":")[0]) if spec.rootfs else mount_root(session, row)
        except BaseException:
            held.release()
            raise
    try:
        yield path
    finally:
        held.release()
        if not spec.rootfs:
            with session.lock("container", container_id):
                found = session.db.row("SELECT * FROM containers WHERE id = ?", (container_id,))
                if found is not None:
                    _unmount_unused(session, found)


def _unmount_unused(session: Session, row: Mapping[str, Any]) -> None:
    """Unmount the root unless a process, a `mount` or another verb has it. The container's lock is held."""
    if (
        row["boot_id"]
        or states.has_process(row)
        or mount_count(session, row)
        or is_leased(session.db, _LEASE, row["id"])
    ):
        return
    unmount_below(session.paths.merged(row["id"]))


def _tell(session: Session, row: Mapping[str, Any], action: str) -> None:
    events.append(session.db, "container", action, row["id"], name=row["name"], image=row["image_name"])
