"""What the end of a container means for the container itself: clean up, then start it again or remove it.

    its process is gone ──▶ clean_up (cleanup/) ──┬─ restart policy ──▶ started again, at once or by the supervisor
                                                  ├─ --rm ──▶ removed
                                                  └─ else it stays, exited

What it means for a pod is `pod_end.py`'s business; `after_exit.py` does both.
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.end.remove import remove_locked
from pycman.containers.end.restart_policy import delay_ns, tries_before
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
"""Substring of a stored spec in which some ends start the container again whatever its policy is."""
_SLEEP_HERE_NS = 250_000_000
"""Delays up to this are slept by the cleaning command itself; longer ones are the supervisor's."""


class Finished(Record):
    """How a container ended: its exit status, the pod it is a member of ("" without one), whether it restarts."""

    exit_status: int = 0
    pod_id: str = ""
    restarts: bool = False


def finish_container(session: Session, container_id: str) -> Finished | None:
    """Clean up after a container's end, then restart or remove it; None if it is gone or still runs.

    The caller does with a member's end what it asks of the pod (`pod_end.after_member_end`).
    """
    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            return None
        if states.state_of(row) in states.ALIVE:
            return None
        unclean = states.needs_cleanup(row)
        row = clean_up_if_exited(session, row)
        delay = None
        if row["auto_remove"] and row["started_at_ns"]:
            remove_locked(session, row, volumes=True)
        elif unclean:
            delay = _plan_restart(session, row)
    if delay is not None:
        _restart_after(session, container_id, delay)
    pod_id = "" if row["is_infra"] else row["pod_id"]
    return Finished(exit_status=int(row["exit_status"]), pod_id=pod_id, restarts=delay is not None)


def _plan_restart(session: Session, row: Mapping[str, Any]) -> int | None:
    """Record when the container is to be started again and return the delay in ns; None if it stays ended."""
    has_none = row["restart_policy"] == "no" and _RULES not in row["spec"]
    if row["stopped_by_user"] or has_none or not row["started_at_ns"]:
        return None
    spec = spec_of(row)
    policy = spec.restart
    tries = tries_before(policy, row["restart_tries"], row["finished_at_ns"] - row["started_at_ns"])
    delay = delay_ns(
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


def _restart_after(session: Session, container_id: str, delay: int) -> None:
    if delay > _SLEEP_HERE_NS:
        wake_supervisor(session)
        return
    time.sleep(delay / 1e9)
    try:
        start_in_background(session, container_id, is_restart=True)
    except PycmanError:
        return  # already recorded in the row and the events
