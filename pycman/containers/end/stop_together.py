"""Stop several containers in one process: all are signalled, all are waited for at once, and their runtimes delete them side by side.

    mark all ──▶ out of services ──▶ signal all ──▶ poll: whoever has gone is cleaned up, whoever is late gets SIGKILL

What `stop_one` does for each, without a process for each: forking one costs more than most stops. Members with a preStop hook, which may
take long, are not stopped in this way (`pods/stop.py`).
"""

from __future__ import annotations

import os
import select
import time

from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.cleanup.cleanup import CleanUp
from pycman.containers.cleanup.cleanup_claim import CleanupClaim
from pycman.containers.end.finish import restart_if_planned
from pycman.containers.end.stop_one import (
    append_stop,
    finish_stopped,
    leave_services,
    mark_stopped,
    note_killed,
    what_is_left,
)
from pycman.containers.process.kill_all import KILL_TIMEOUT_S, SIGKILL, kill_all_processes, signal_container
from pycman.errors import NotFound, PycmanError, TimedOut
from pycman.linux.processes import is_alive, poll_time
from pycman.network.reconcile.refresh_services import refresh_services
from pycman.plan import crash_point
from pycman.spec.signals import signal_number
from pycman.state.locks import lock_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_MOST_AT_ONCE = 64
"""Each needs three descriptors, of which a process may have few."""


class _Stopping:
    """A container that was sent its stop signal, and when its time is over (of the monotonic clock; None: never)."""

    def __init__(self, session: Session, row: Any, spec: ContainerSpec, timeout: float) -> None:
        self.row, self.id, self.timeout = row, str(row["id"]), timeout
        self.number = signal_number(spec.stop_signal)
        self.deadline = None if timeout < 0 else time.monotonic() + timeout
        self.killed = False
        self.claim = CleanupClaim(session, self.id, if_free=True)
        try:
            self.descriptor = os.pidfd_open(row["pid"])
        except OSError:
            self.descriptor = -1  # it has ended

    def close(self) -> None:
        self.claim.release()
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def stop_together(
    session: Session,
    container_ids: Sequence[str],
    *,
    timeout_s: int | None = None,
    late_s: float = 0,
    sandbox_id: str = "",
) -> dict[str, PycmanError]:
    """Stop containers, each within its own time or `timeout_s`, as `stop_one` does; return the errors of those that failed, by id.

    `sandbox_id` is a pinned sandbox that they share: it ends when no process of them is left, while they are still being cleaned up, unless
    one of them has failed. The caller holds their pod's lock, and does what their end asks of the pod.
    """
    errors: dict[str, PycmanError] = {}
    for first in range(0, len(container_ids), _MOST_AT_ONCE):
        batch = container_ids[first : first + _MOST_AT_ONCE]
        is_last = first + _MOST_AT_ONCE >= len(container_ids)
        _stop_batch(session, batch, errors, timeout_s, late_s, sandbox_id if is_last else "")
    return errors


def _stop_batch(
    session: Session,
    container_ids: Sequence[str],
    errors: dict[str, PycmanError],
    timeout_s: int | None,
    late_s: float,
    sandbox_id: str,
) -> None:
    marked: list[tuple[Any, ContainerSpec]] = []
    for container_id in container_ids:
        with _kept_error(errors, container_id):
            marked += filter(None, [mark_stopped(session, container_id)])
    leave_services(session, [row for row, _ in marked])
    stopping: list[_Stopping] = []
    try:
        for row, spec in marked:
            with _kept_error(errors, row["id"]):
                timeout = what_is_left((spec.stop_timeout_s or 0) if timeout_s is None else timeout_s, late_s)
                one = _Stopping(session, row, spec, timeout)
                stopping.append(one)
                signal_container(session, row, one.number)
        import pycman.containers.cleanup.release  # noqa: F401 - 4 ms, loaded while they end

        for gone in _as_they_end(session, stopping, errors):
            ends = len(gone) == len(stopping) and not errors
            with session.db.waiting_together():
                _finish_batch(session, [one.row for one in gone], errors, sandbox_id if ends else "")
            sandbox_id = "" if ends else sandbox_id
            for one in gone:
                one.close()
                stopping.remove(one)
    finally:
        for one in stopping:
            one.close()
    if sandbox_id and not errors:  # nobody ran
        _finish_batch(session, [], errors, sandbox_id)
    if marked:
        refresh_services(session)


def _as_they_end(
    session: Session, stopping: list[_Stopping], errors: dict[str, PycmanError]
) -> Iterator[list[_Stopping]]:
    """Yield those that have ended, which the caller takes out of the list; kill those whose time is over."""
    while stopping:
        gone = [one for one in stopping if one.descriptor < 0 or not is_alive(one.row["pid"], one.row["pid_start"])]
        if gone:
            yield gone
            continue
        now = time.monotonic()
        for one in [one for one in stopping if one.deadline is not None and one.deadline <= now]:
            with _kept_error(errors, one.id):
                _hurry(session, one)
            if one.id in errors:
                one.close()
                stopping.remove(one)
        poller = select.poll()
        for one in stopping:
            poller.register(one.descriptor, select.POLLIN)
        ends = [one.deadline for one in stopping if one.deadline is not None]
        left = max(0.0, min(ends) - time.monotonic()) if ends else -1.0
        waited = poll_time(left)
        poller.poll(None if waited is None else waited + 1)


def _hurry(session: Session, one: _Stopping) -> None:
    """Kill a container whose time is over. Raises TimedOut if it was killed before and its time is over again."""
    if one.killed:
        raise TimedOut("its process did not exit after SIGKILL", subject=one.row["name"], hint="look at dmesg")
    note_killed(session, one.row, one.number, one.timeout)
    one.killed, one.deadline = True, time.monotonic() + KILL_TIMEOUT_S
    signal_container(session, one.row, SIGKILL)


def _finish_batch(session: Session, rows: Sequence[Any], errors: dict[str, PycmanError], sandbox_id: str) -> None:
    """Clean up after containers whose processes have ended, side by side: each cleanup is begun before the first is waited for."""
    sandbox = mark_stopped(session, sandbox_id) if sandbox_id else None
    if sandbox is not None:
        crash_point("pod-stop:members")
        kill_all_processes(session, sandbox[0])
    begun: list[tuple[Any, CleanUp, AbstractContextManager[None]]] = []
    alone = []
    try:
        # the sandbox first, as the network takes longest
        for row in [*([sandbox[0]] if sandbox is not None else ()), *rows]:
            with _kept_error(errors, row["id"]):
                lock = lock_object(session.paths, "container", row["id"], timeout_s=0)
                try:
                    lock.__enter__()
                except TimedOut:  # waiting for it while others are held could be waiting for each other
                    alone.append(row)
                    continue
                clean_up = _begin(session, row, lock, alone)
                if clean_up is not None:
                    begun.append((row, clean_up, lock))
        for row, clean_up, _ in reversed(begun):
            with _kept_error(errors, row["id"]):
                clean_up.finish()
    finally:
        for _, _, lock in begun:
            lock.__exit__(None, None, None)
    for row, _, _ in begun:
        append_stop(session, row)
        restart_if_planned(session, row_of(session, row["id"]))
    for row in alone:
        with _kept_error(errors, row["id"]):
            finish_stopped(session, row)


def _begin(session: Session, row: Any, lock: AbstractContextManager[None], alone: list[Any]) -> CleanUp | None:
    """Begin one cleanup under the lock that was just taken; without one the lock is released. What needs more than a cleanup goes to `alone`."""
    clean_up = None
    try:
        now = row_of(session, row["id"])
        has_network = not now["pinned"] and now["networks"] != "[]"
        if now["auto_remove"] or has_network or not states.needs_cleanup(now):
            alone.append(row)
        else:
            clean_up = CleanUp(session, now)
    finally:
        if clean_up is None:
            lock.__exit__(None, None, None)
    return clean_up


class _kept_error:  # noqa: N801 - read as the block's adverb, as `suppress` is
    """Keep an error of the block for the caller, by id; what was removed meanwhile needs no stop."""

    def __init__(self, errors: dict[str, PycmanError], container_id: str) -> None:
        self._errors, self._id = errors, container_id

    def __enter__(self) -> None:
        """Nothing to begin with."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Say whether the error is kept."""
        if isinstance(error, PycmanError):
            if not isinstance(error, NotFound):
                self._errors[self._id] = error
            return True
        return False
