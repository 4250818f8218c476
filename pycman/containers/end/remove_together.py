"""Remove several containers that have ended, in one process and with two transactions: all are marked, all are removed, all rows go.

What `remove_container` does for each, for a caller that has announced it on the disk: by the pod's row recovery finds all of them. One that runs, that is not cleaned up, that others need, or that another command works on is left
to the caller, which removes it alone.
"""

from __future__ import annotations

from pycman.containers.catalogue import row_of
from pycman.containers.end.remove import delete_row, mark_removing, remove_directory, remove_rest, remove_run_files
from pycman.errors import NotFound, PycmanError, TimedOut
from pycman.plan import crash_point
from pycman.state.locks import lock_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from pycman.state.session import Session

_MOST_AT_ONCE = 64
"""Each needs a descriptor for its lock."""


def remove_together(session: Session, container_ids: Sequence[str], *, volumes: bool) -> list[str]:
    """Remove containers, with `volumes` their anonymous volumes; return the ids of those that have to be removed alone.

    The caller has a row on the disk by which recovery finds them all (a pod's), so nothing here waits for the disk.
    Those that use the namespaces of others come before these in `container_ids`. Raises the first error after all others are removed:
    the row of the failed one stays "removing".
    """
    left: list[str] = []
    for first in range(0, len(container_ids), _MOST_AT_ONCE):
        left += _remove_batch(session, container_ids[first : first + _MOST_AT_ONCE], volumes=volumes)
    return left


def _remove_batch(session: Session, container_ids: Sequence[str], *, volumes: bool) -> list[str]:
    left: list[str] = []
    rows: list[Any] = []
    held: list[AbstractContextManager[None]] = []
    try:
        for container_id in container_ids:
            lock = lock_object(session.paths, "container", container_id, timeout_s=0)
            try:
                lock.__enter__()
            except TimedOut:  # waiting for it while others are held could be waiting for each other
                left.append(container_id)
                continue
            held.append(lock)
            try:
                row = row_of(session, container_id)
            except NotFound:
                continue
            if row["row_state"] != "ready" or row["boot_id"] or row["mounted"]:
                left.append(container_id)
            else:
                rows.append(row)
        _remove_rows(session, rows, left, volumes=volumes)
    finally:
        for lock in held:
            lock.__exit__(None, None, None)
    return left


def _remove_rows(session: Session, rows: list[Any], left: list[str], *, volumes: bool) -> None:
    with session.db.transaction(durable=False):
        for row in list(rows):
            if _is_needed(session, row, rows):  # by one that was left before, too
                rows.remove(row)
                left.append(row["id"])
        for row in rows:
            mark_removing(session, row["id"], volumes=volumes)
    crash_point("remove:marked")
    errors: list[Exception] = []
    for row in list(rows):
        try:
            remove_directory(session, row["id"])
            remove_run_files(session, row["id"])
        except (PycmanError, OSError) as error:
            errors.append(error)
            rows.remove(row)
    crash_point("remove:directories")
    with session.db.transaction(durable=False):
        marked = [delete_row(session, row, volumes=volumes) for row in rows]
    crash_point("remove:row")
    for row, of_row in zip(rows, marked, strict=True):
        remove_rest(session, row, of_row)
    if errors:
        raise errors[0]


def _is_needed(session: Session, row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether another container than `rows` uses the namespaces of one."""
    users = session.db.rows("SELECT container_id FROM container_needs WHERE needed_id = ?", (row["id"],))
    going = {other["id"] for other in rows}
    return any(user["container_id"] not in going for user in users)
