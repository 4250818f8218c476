"""The end of a container: clean up, then do what follows from it: restart policy, --rm.

conmon runs it (`container cleanup`), or the foreground `run` in its place.
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import find_id, get_id, row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.end.remove import remove_locked
from pycman.containers.end.restart_policy import delay_ns, tries_before
from pycman.containers.hooks.wake_supervisor import wake_supervisor
from pycman.containers.start.start import start_in_background
from pycman.errors import NotFound, PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

_RULES = '"rules"'
"""How a stored spec says that some ends start a container again whatever its policy is."""
_SLEEP_HERE_NS = 250_000_000
"""Back-offs up to this are slept by the cleanup command itself; longer ones are the supervisor's."""


def cleanup_container(session: Session, name: str, *, exit_command: bool = False) -> None:
    """Clean up after a container that ended; with `exit_command` (conmon's call) also restart or remove it.

    Nothing to do is fine; with `exit_command` a container that is gone is fine too. Raises NotFound.
    """
    session.enter_namespaces()
    if exit_command:
        if find_id(session, name) is not None:
            finish_container(session, name)
        return
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        clean_up_if_exited(session, row_of(session, container_id))


def finish_container(session: Session, container_id: str) -> int:
    """Clean up after an end, then do what follows from it: restart policy or --rm. Returns the exit status."""
    delay = None
    row: Mapping[str, Any] = {}
    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            return 0
        if states.state_of(row) in states.ALIVE:
            return 0
        unclean = states.needs_cleanup(row)
        row = clean_up_if_exited(session, row)
        status = int(row["exit_status"])
        if row["auto_remove"] and row["started_at_ns"]:
            remove_locked(session, row, volumes=True)
        elif unclean:
            delay = _plan_restart(session, row)
    if delay is not None:
        _restart_after(session, container_id, delay)
    if row["pod_id"] and not row["is_infra"]:
        from pycman.containers.end.pod_end import end_pod_if_over, refresh_services  # only members of pods pay

        refresh_services(session)
        if delay is None:
            end_pod_if_over(session, row["pod_id"])
    return status


def _plan_restart(session: Session, row: Mapping[str, Any]) -> int | None:
    """Write down when the container shall be started again; None if it shall not."""
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
        from pycman.containers.cleanup.deadline import ends_at_ns

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
        return  # the failure stands in the row and in the events
