"""The service container of a play: it runs as long as one of its pods does, so that a program which supervises it supervises them all.

A pod names it (`PodSpec.service_container`). Its status tells of theirs, as `--service-exit-code-propagation` asks: it is stopped (0), or
killed (137) if containers failed.
"""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import spec_of
from pycman.containers.end.service_pods import pods_of_service, service_of
from pycman.containers.end.stop_one import stop_one
from pycman.errors import NotFound, TimedOut
from pycman.linux.files import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.state.session import Session

_GRACE_S = 5
"""It has nothing to finish: its program only waits for the signal."""


def after_pod_end(session: Session, pod_id: str) -> None:
    """Stop the service container of a pod that has ended, if it was the last of its pods."""
    service_id = service_of(session, pod_id)
    if service_id:
        end_service_if_over(session, service_id)


def end_service_if_over(session: Session, service_id: str) -> None:
    """Stop a service container unless one of its pods runs or has not been started yet.

    Nothing is done while a play makes pods of that service: it calls this at its end.
    """
    try:
        with locked(session.paths.lock("service", service_id), shared=True, timeout_s=0):
            ends = [_ends(session, pod) for pod in pods_of_service(session, service_id)]
    except TimedOut:
        return
    if any(end is None for end in ends):
        return
    statuses = [status for end in ends if end is not None for status in end]
    row = session.db.row("SELECT * FROM containers WHERE id = ?", (service_id,))
    if row is None:
        return
    policy = spec_of(row).service_exit
    failed = sum(status != 0 for status in statuses)
    is_failure = bool(failed) and (policy == "any" or (policy == "all" and failed == len(statuses)))
    try:
        stop_one(session, service_id, timeout_s=0 if is_failure else _GRACE_S, signal="KILL" if is_failure else "")
    except NotFound:
        return  # removed meanwhile, with its last pod


def _ends(session: Session, pod_id: str) -> Sequence[int] | None:
    """Return the exit statuses of a pod's containers if it has run and is over, else None."""
    rows = session.db.rows("SELECT * FROM containers WHERE pod_id = ?", (pod_id,))
    seen = [states.observe(session, row) for row in rows]
    if any(state in (*states.ALIVE, states.RESTARTING) for state, _ in seen):
        return None
    workers: list[Any] = [row for _, row in seen if not row["is_infra"]]
    if rows and not any(row["started_at_ns"] for row in rows):
        return None
    return [int(row["exit_status"]) for row in workers if row["started_at_ns"]]
