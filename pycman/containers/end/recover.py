"""Finish or undo what killed commands left of containers; called by listings and by `system` when they see it."""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.end.finish import finish_container
from pycman.containers.end.remove import remove_locked
from pycman.errors import NotFound, PycmanError
from pycman.linux.processes import boot_id, is_alive
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def recover_containers(session: Session) -> list[str]:
    """Look at all rows, fix what a dead command left, and return one line for each container mended."""
    here = boot_id()
    rows = session.db.rows("SELECT * FROM containers WHERE row_state != 'ready' OR boot_id != ''")
    mended = []
    for row in rows:
        broken = owners.is_gone(row["owner"]) if row["row_state"] != "ready" else states.needs_cleanup(row)
        if broken and (row["boot_id"] != here or not is_alive(row["conmon_pid"], row["conmon_start"])):
            try:
                mended += recover_container(session, row["id"])
            except PycmanError as error:
                mended.append(f"container {row['name']}: could not be mended: {error}")
    return mended + _recover_networks(session)


def _recover_networks(session: Session) -> list[str]:
    """Take away bridges, rules and names that no container needs: a command was killed between the database and them."""
    if not os.path.exists(session.paths.network):
        return []
    from pycman.network.reconcile.in_child import (  # only where there were networks since the last boot
        needs_refresh,
        refresh,
    )

    if not needs_refresh(session):
        return []
    session.enter_namespaces()
    try:
        refresh(session)
    except PycmanError as error:
        return [f"networks: could not be mended: {error}"]
    return ["networks: taken away, no container needs them"]


def recover_container(session: Session, container_id: str) -> list[str]:
    """Mend one container: a half-made one goes, a half-removed one too, an ended one is cleaned up as its end asks
    (restart policy, --rm).
    """
    session.enter_namespaces()
    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            return []
        if row["row_state"] != "ready":
            if not owners.is_gone(row["owner"]):
                return []
            half = "creation" if row["row_state"] == "creating" else "removal"
            volumes = bool(row["auto_remove"]) or half == "creation"
            remove_locked(session, clean_up_if_exited(session, row), volumes=volumes)
            return [f"container {row['name']}: removed, its {half} had been interrupted"]
        if not states.needs_cleanup(row):
            return []
    finish_container(session, container_id)  # takes the lock by itself
    return [f"container {row['name']}: cleaned up after its end"]
