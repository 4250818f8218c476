"""What follows from a container's exit for the container itself: clean up, then restart or remove it.

    its process has exited ──▶ clean_up (cleanup/) ──┬─ restart policy ──▶ started again, at once or by the supervisor
                                                     ├─ --rm ──▶ removed
                                                     └─ else ──▶ kept, state exited

What follows for its pod is in `pod_end.py`; `after_exit.py` calls both.
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.end.remove import remove_locked
from pycman.containers.end.restart_policy import restart_delay_ns, tries_before
from pycman.containers.hooks.wake_supervisor import wake_supervisor
from pycman.containers.start.start import start_in_background
from pycman.errors import NotFound, PycmanError
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

_RULES = '"rules"'
"""Substring of the stored JSON of a spec with restart rules (some exit statuses restart it whatever its policy is)."""
_LONGEST_SLEEP_NS = 250_000_000
"""The command that cleans up sleeps delays up to this by itself; longer ones are left to the supervisor."""


class Finished(Record):
    """How a container ended: exit status, the id of its pod if it is a member of one, whether it will be restarted."""

    exit_status: int = 0
    pod_id: str = ""
    restarts: bool = False


def finish_container(session: Session, container_id: str) -> Finished | None:
    """Clean up after a container's exit, then restart or remove it; None if it was removed before or still runs.

    For a member of a pod the caller then calls `pod_end.after_member_end`.
    """
    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            return None
        if states.state_of(row) in states.ALIVE:
            return None
        exited_now = states.needs_cleanup(row)
        row = clean_up_if_exited(session, row)
        delay_ns = None
        if row["auto_remove"] and row["started_at_ns"]:
            remove_locked(session, row, volumes=True)
        elif exited_now:
            delay_ns = _plan_restart(session, row)
    if delay_ns is not None:
        _restart_after(session, container_id, delay_ns)
    pod_id = "" if row["is_infra"] else row["pod_id"]
    return Finished(exit_status=int(row["exit_status"]), pod_id=pod_id, restarts=delay_ns is not None)


def _plan_restart(session: Session, row: Mapping[str, Any]) -> int | None:
    """Record in the row when to restart the container and return the delay in ns; None if it is not restarted."""
    never_restarts = row["restart_policy"] == "no" and _RULES not in row["spec"]
    if row["stopped_by_user"] or never_restarts or not row["started_at_ns"]:
        return None
    spec = spec_of(row)
    policy = spec.restart
    tries = tries_before(policy, row["restart_tries"], row["finished_at_ns"] - row["started_at_ns"])
    delay = restart_delay_ns(
        policy,
        exit_status=row["exit_status"],
        unhealthy=policy.kubernetes and row["health_status"] == "unhealthy",
        restarts=row["restart_count"],
        tries=tries,
    )
    if delay is not None and spec.deadline_s:
        from pycman.containers.cleanup.deadline import ends_at_ns  # only imported for pods with a deadline

        delay = delay if time.time_ns() + delay < ends_at_ns(session, spec) else None
    if delay is not None:
        session.db.change(
            "UPDATE containers SET restart_at_ns = ?, restart_tries = ? WHERE id = ?",
            (time.time_ns() + delay, tries + 1, row["id"]),
        )
    return delay


def _restart_after(session: Session, container_id: str, delay_ns: int) -> None:
    if delay_ns > _LONGEST_SLEEP_NS:
        wake_supervisor(session)
        return
    time.sleep(delay_ns / 1e9)
    try:
        start_in_background(session, container_id, is_restart=True)
    except PycmanError:
        return  # already recorded in the row and the events
