"""Start several members of a pod in one process: while the runtime creates the first, the next is mounted and its bundle written.

    lock 1, mounts, bundle, conmon goes ─┐ lock 2, mounts, bundle, conmon goes ─┐ …        (the runtimes are at work, on other processors)
    rows ◀── all runtimes' starts at once ◀── 1 is created ◀── 2 is created ◀───┘

What `start_in_background` does for each, without a process for each: forking one costs as much as a start. A member that needs more (a network
of its own, other containers, a postStart hook) or whose lock is held is left to the caller.
"""

from __future__ import annotations

from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.start.initialize import initialize, ready_row
from pycman.containers.start.run_process import POST_START, process_runs, start_failed
from pycman.errors import PycmanError, TimedOut
from pycman.network.reconcile.refresh_services import refresh_services
from pycman.plan import crash_point
from pycman.runtime.oci_runtimes import choose_runtime
from pycman.state.locks import lock_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from pycman.state.session import Session

_MOST_AT_ONCE = 4
"""Each waits for those that began after it; more would not be ready sooner on the processors that there are."""


class _Starting:
    """The members of one batch: ids that wait, locks that are held, rows of those that are created, what failed, what is left to the caller."""

    def __init__(self, container_ids: Sequence[str]) -> None:
        self.waiting = list(container_ids)
        self.held: list[AbstractContextManager[None]] = []
        self.created: list[str] = []
        self.left: list[str] = []
        self.errors: dict[str, PycmanError] = {}


def start_together(
    session: Session, container_ids: Sequence[str], wait: Callable[[], None]
) -> tuple[dict[str, PycmanError], list[str]]:
    """Start members whose infra container runs, unless they run; return the errors of those that failed, by id, and who has to be started alone.

    `wait` is called before the first process runs: names are to resolve by then.
    """
    errors: dict[str, PycmanError] = {}
    left: list[str] = []
    for first in range(0, len(container_ids), _MOST_AT_ONCE):
        batch = _Starting(container_ids[first : first + _MOST_AT_ONCE])
        try:
            while batch.waiting:
                _initialize_next(session, batch)
            if batch.created:
                wait()
            with session.db.waiting_together():
                _run_created(session, batch)
        finally:
            for lock in batch.held:
                lock.__exit__(None, None, None)
        errors |= batch.errors
        left += batch.left
    if len(left) < len(container_ids):
        refresh_services(session)
    return errors, left


def _initialize_next(session: Session, batch: _Starting) -> None:
    """Initialize the first that waits, and those behind it while its runtime is at work."""
    if not batch.waiting:
        return
    container_id = batch.waiting.pop(0)
    lock = lock_object(session.paths, "container", container_id, timeout_s=0)
    try:
        lock.__enter__()
    except TimedOut:  # waiting for it while others are held could be waiting for each other
        batch.left.append(container_id)
        return
    batch.held.append(lock)
    try:
        row = ready_row(session, container_id, container_id)
        if row["boot_id"] or not _is_plain(row):
            batch.left.append(container_id)
            return
        initialize(session, row, spec_of(row), meanwhile=lambda: _initialize_next(session, batch))
        batch.created.append(container_id)
    except PycmanError as error:
        batch.errors[container_id] = error


def _is_plain(row: Any) -> bool:
    """Say whether a container only needs its mounts and its runtime to run."""
    text = row["spec"]
    return row["networks"] == "[]" and not row["pinned"] and POST_START not in text and '"requires"' not in text


def _run_created(session: Session, batch: _Starting) -> None:
    """Have the runtimes start all that are created, side by side, and record that they run."""
    begun = []
    for container_id in batch.created:
        row = row_of(session, container_id)
        runtime = choose_runtime(session, row["oci_runtime"])
        try:
            begun.append((row, runtime, runtime.begin_start(container_id)))
        except PycmanError as error:
            batch.errors[container_id] = start_failed(session, row, error)
    for row, runtime, start in begun:
        try:
            runtime.finish_start(row["id"], start)
        except PycmanError as error:
            batch.errors[row["id"]] = start_failed(session, row, error)
            continue
        crash_point("start:started")
        process_runs(session, row)
