"""Finish or undo what killed commands left of containers; listings and `system check --repair` call it.

row "creating" or "removing", its owner dead     ──▶ removed
a step of a build whose command is dead          ──▶ killed and removed
a boot id without a process, conmon dead too     ──▶ after_exit: cleaned up, restarted or removed
a shim's container that runs, its monitor dead   ──▶ the monitor is started again
networks that no container needs                 ──▶ removed
"""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.end.after_exit import after_exit
from pycman.containers.end.remove import remove_container, remove_locked
from pycman.containers.start.watch_again import ensure_monitor, lacks_monitor
from pycman.errors import NotFound, PycmanError
from pycman.linux.processes import boot_id, is_alive
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session


def recover_containers(session: Session) -> list[str]:
    """Recover every container that a killed command or a reboot left.

    Return one line for each, also for those that failed.
    """
    this_boot = boot_id()
    rows = session.db.rows("SELECT * FROM containers WHERE row_state != 'ready' OR boot_id != '' OR purpose != ''")
    messages = []
    for row in rows:
        if row["row_state"] == "ready" and row["purpose"]:
            messages += _recover_step(session, row)
            continue
        if row["row_state"] == "ready" and lacks_monitor(session, row):
            messages += _watch_again(session, row)
            continue
        interrupted = owners.is_gone(row["owner"]) if row["row_state"] != "ready" else states.needs_cleanup(row)
        if interrupted and (row["boot_id"] != this_boot or not is_alive(row["conmon_pid"], row["conmon_start"])):
            try:
                messages += recover_container(session, row["id"])
            except PycmanError as error:
                messages.append(f"container {row['name']}: could not be recovered: {error}")
    return messages + _recover_networks(session)


def _watch_again(session: Session, row: Any) -> list[str]:
    """Start the killed monitor of a running container again."""
    try:
        ensure_monitor(session, row["id"])
    except PycmanError as error:
        return [f"container {row['name']}: its monitor could not be started again: {error}"]
    return [f"container {row['name']}: its monitor was started again"]


def _recover_step(session: Session, row: Any) -> list[str]:
    """Remove the container of a build's step if the build was killed."""
    if not owners.is_gone(row["owner"]):
        return []
    try:
        remove_container(session, row["id"], force=True, volumes=True)
    except PycmanError as error:
        return [f"container {row['name']}: could not be removed: {error}"]
    return [f"container {row['name']}: removed, its build had been interrupted"]


def _recover_networks(session: Session) -> list[str]:
    """Remove bridges, rules and DNS names that no container needs: a command was killed before it could."""
    if not os.path.exists(session.paths.network):
        return []
    from pycman.network.reconcile.in_child import (  # only imported if there were networks since the last boot
        needs_refresh,
        refresh,
    )

    if not needs_refresh(session):
        return []
    session.enter_namespaces()
    try:
        refresh(session)
    except PycmanError as error:
        return [f"networks: could not be recovered: {error}"]
    return ["networks: removed, no container needs them"]


def recover_container(session: Session, container_id: str) -> list[str]:
    """Recover one container, and return one line about it, or none if there was nothing to do.

    One whose creation or removal was interrupted is removed; one that has exited is cleaned up, then restarted or
    removed.
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
            interrupted = "creation" if row["row_state"] == "creating" else "removal"
            volumes = bool(row["auto_remove"]) or interrupted == "creation"
            remove_locked(session, clean_up_if_exited(session, row), volumes=volumes)
            return [f"container {row['name']}: removed, its {interrupted} had been interrupted"]
        if not states.needs_cleanup(row):
            return []
    after_exit(session, container_id)  # takes the container's lock itself
    return [f"container {row['name']}: cleaned up after its exit"]
