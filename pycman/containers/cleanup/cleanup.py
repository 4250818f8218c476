"""Clean up after a container's exit: record how it ended and when it restarts, then release network, runtime state, mounts and bundle.

Called after the exit (end/finish.py), by `stop` and `rm`, and by any verb that sees a container whose process has
exited. All of them hold the container's lock, and the second one sees in the row that there is nothing left to do.
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import change_row, row_of, spec_of
from pycman.containers.events import append_event
from pycman.containers.run_end import RunEnd, read_end, unseen_end
from pycman.linux.files import remove_tree
from pycman.plan import crash_point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_EXIT_FILE_TIMEOUT_S = 5.0
_MESSAGE = '"message_path"'
"""Substring of the stored JSON of a spec with a termination message, so that other specs need not be parsed."""


def clean_up_if_exited(session: Session, row: Any) -> Any:
    """Clean up if the container has exited and that is not done yet; return its row as it is then.

    The caller holds its lock.
    """
    return clean_up(session, row) if states.needs_cleanup(row) else row


def clean_up(session: Session, row: Mapping[str, Any], *, failed: bool = False) -> Any:
    """Record how the container ended, then release what it used; return its row as it is then.

    The caller holds its lock. `failed`: its process never ran (the runtime's start failed), so there is no exit status.
    Each step may be repeated.
    """
    return CleanUp(session, row, failed=failed).finish()


class CleanUp:
    """A cleanup that has begun: the end is recorded and the release under way. The caller holds the container's lock until `finish` is over."""

    def __init__(self, session: Session, row: Mapping[str, Any], *, failed: bool = False) -> None:
        """Begin, as `clean_up` does."""
        container_id = row["id"]
        if not failed and row["pid"]:
            _record_exit(session, row, durable=not row["auto_remove"])
            crash_point("cleanup:written")
        elif not failed and not row["restart_at_ns"] and (restart := _restart(session, row)):
            change_row(session, container_id, **restart)  # the command that was restarting it was killed
        from pycman.containers.cleanup.release import Release  # 6 ms: not for who has nothing to clean up

        self._session = session
        self._row = row_of(session, container_id)
        self._release = Release(session, self._row)

    def finish(self) -> Any:
        """Wait for the release and record it; return the row as it is then. Raises RuntimeFailed if the runtime cannot delete the container."""
        session, container_id = self._session, self._row["id"]
        self._release.unmount()
        leftovers = self._release.finish()
        with session.db.transaction(durable=False):
            session.db.change(
                "UPDATE containers SET boot_id = '', pid = 0, pid_start = 0, conmon_pid = 0, conmon_start = 0, paused = 0"
                " WHERE id = ?",
                (container_id,),
            )
            append_cleanup(session, self._row, leftovers)
        remove_tree(session.paths.exit_file(container_id))
        return row_of(session, container_id)


def record_exit_if_exited(session: Session, row: Any) -> Any:
    """Record how the container ended, if it has and that is not done yet; return its row as it is then.

    For one that is removed next: `remove_locked` releases what it used. The caller holds its lock.
    """
    if not states.needs_cleanup(row) or not row["pid"]:
        return row
    _record_exit(session, row, durable=False)  # "removing", which comes next, is
    crash_point("cleanup:written")
    return row_of(session, row["id"])


def append_cleanup(session: Session, row: Mapping[str, Any], leftovers: Sequence[str]) -> None:
    """Append the event that tells that everything was released, but for `leftovers`."""
    append_event(session, row, "cleanup", **({"leftovers": "; ".join(leftovers)} if leftovers else {}))


def _record_exit(session: Session, row: Mapping[str, Any], *, durable: bool) -> None:
    """Write the end of the run and its restart into the row, and the event "died" (reasons are Kubernetes')."""
    container_id = row["id"]
    started = states.was_started(row)
    end = _awaited_end(session, row)
    ended = {**dict(row), **end.columns()}
    reason = "OOMKilled" if end.oom_killed else "Completed" if end.exit_status == 0 else "Error"
    attributes = {
        "exit_status": str(end.exit_status), "term_signal": str(end.term_signal),
        "oom_killed": str(end.oom_killed).lower(), "reason": reason,
    }  # fmt: skip
    if not end.seen:
        attributes["reason"] = "Unknown"
    if end.dumped:
        attributes["reason"] = "Checkpointed"
    spec = spec_of(row) if _MESSAGE in row["spec"] else None
    if spec is not None:
        from pycman.containers.cleanup.termination_message import clear_message, read_message  # pods of YAML
        from pycman.containers.deadline import ends_at_ns  # only imported for pods of YAML

        message = read_message(session, row, spec, failed=end.exit_status != 0)
        attributes |= {"message": message} if message else {}
        at_ns = max(end.finished_at_ns, time.time_ns())
        if spec.deadline_s and end.exit_status and at_ns >= ends_at_ns(session, spec) > 0:
            attributes["reason"] = "DeadlineExceeded"
    with session.db.transaction(durable=durable):
        change_row(session, container_id, pid=0, ready=0, **end.columns(), **_after(session, ended, end))
        if end.dumped:
            from pycman.containers.dumps import record_dumped  # only imported after checkpoints

            record_dumped(session, container_id)
        if row["pod_id"] or '_probe"' in row["spec"] or '"post_start"' in row["spec"]:
            session.db.change("DELETE FROM probes WHERE container_id = ?", (container_id,))
        if started:
            append_event(session, row, "died", **attributes)
    if spec is not None:
        clear_message(spec)


def _after(session: Session, ended: Mapping[str, Any], end: RunEnd) -> dict[str, int]:
    """Return the columns that say whether a container is started again: after a checkpoint it is only by its user."""
    return {"stopped_by_user": 1} if end.dumped else _restart(session, ended)


def _restart(session: Session, ended: Mapping[str, Any]) -> dict[str, int]:
    """Return the columns that record when to restart a container whose run has ended, {} if it is not restarted."""
    from pycman.containers.restart_policy import planned_restart  # only for a run that has ended

    planned = planned_restart(session, ended)
    return {} if planned is None else {"restart_at_ns": time.time_ns() + planned[0], "restart_tries": planned[1]}


def _awaited_end(session: Session, row: Mapping[str, Any]) -> RunEnd:
    """Return how the run ended, after waiting up to 5 s for conmon to write its exit file."""
    deadline = time.monotonic() + _EXIT_FILE_TIMEOUT_S
    while True:
        end = read_end(session, row)
        if end is not None:
            return end
        if time.monotonic() > deadline:
            return unseen_end(row)
        time.sleep(0.001)
