"""Clean up after a container's exit: record how it ended and when it restarts, then release network, runtime state, mounts and bundle.

Called after the exit (end/finish.py), by `stop` and `rm`, and by any verb that sees a container whose process has
exited. All of them hold the container's lock, and the second one sees in the row that there is nothing left to do.
"""

from __future__ import annotations

import os
import time

from pycman.containers import states
from pycman.containers.bundle.cgroup_path import remove_default_parent
from pycman.containers.catalogue import change_row, row_of, spec_of
from pycman.containers.cleanup.passage import close_passage
from pycman.containers.events import append_event
from pycman.containers.mounts.steps import MountExtras, MountRoot
from pycman.containers.networks.connection import begin_release
from pycman.containers.restart_policy import planned_restart
from pycman.containers.run_end import RunEnd, read_end, unseen_end
from pycman.errors import PycmanError
from pycman.linux.files import remove_tree
from pycman.linux.mounts import unmount_below
from pycman.linux.processes import boot_id
from pycman.plan import crash_point, undo_all
from pycman.runtime.conmon import kill_monitor
from pycman.runtime.oci_runtimes import choose_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.linux.forked_child import ForkedChild
    from pycman.spec.container import ContainerSpec
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
    container_id = row["id"]
    if not failed and row["pid"]:
        _record_exit(session, row)
        crash_point("cleanup:written")
    elif not failed and not row["restart_at_ns"] and (restart := _restart(session, row)):
        change_row(session, container_id, **restart)  # the command that was restarting it was killed
    row = row_of(session, container_id)
    leftovers = _release(session, row, spec_of(row))
    crash_point("cleanup:unmounted")
    with session.db.transaction(durable=False):
        session.db.change(
            "UPDATE containers SET boot_id = '', pid = 0, pid_start = 0, conmon_pid = 0, conmon_start = 0, paused = 0"
            " WHERE id = ?",
            (container_id,),
        )
        attributes = {"leftovers": "; ".join(leftovers)} if leftovers else {}
        append_event(session, row, "cleanup", **attributes)
    remove_tree(session.paths.exit_file(container_id))
    return row_of(session, container_id)


def _release(session: Session, row: Mapping[str, Any], spec: ContainerSpec) -> list[str]:
    """Release network, runtime state, mounts and bundle; return one line for each thing that could not be released."""
    container_id = row["id"]
    if row["pod_id"]:
        from pycman.containers.bundle.pod_hosts import remove_member  # only imported for members of pods

        remove_member(session, spec, row["name"])
    releasing = begin_release(session, row, spec)
    bundle = session.paths.bundle(container_id)
    runtime = choose_runtime(session, row["oci_runtime"])
    # the runtime deletes the cgroup while we unmount: 5 ms less for each `run --rm`
    deleting = runtime.begin_delete(container_id) if row["boot_id"] == boot_id() and not row["pinned"] else 0
    crash_point("cleanup:deleted")
    steps: list[Any] = [MountExtras(session, row, spec)]
    if not row["mounted"]:
        steps.insert(0, MountRoot(session, row, spec))
    leftovers = undo_all(steps)
    unmount_below(bundle)
    if deleting:
        runtime.finish_delete(container_id, deleting)
        if spec.cgroup_manager == "cgroupfs" and not spec.cgroup_parent:
            remove_default_parent(session, container_id)
    kill_monitor(f"{bundle}/conmon.pid", has_exited=os.path.exists(session.paths.exit_file(container_id)))
    if releasing is not None:
        leftovers += _finish_release(releasing)
    remove_tree(bundle)
    close_passage(session, row)
    return leftovers


def _finish_release(releasing: ForkedChild) -> list[str]:
    """Wait for the child that removes the container from its networks.

    A failure is returned and does not stop the cleanup.
    """
    try:
        releasing.finish()
    except PycmanError as error:
        return [str(error)]
    return []


def _record_exit(session: Session, row: Mapping[str, Any]) -> None:
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
    spec = spec_of(row) if _MESSAGE in row["spec"] else None
    if spec is not None:
        from pycman.containers.cleanup.termination_message import clear_message, read_message  # pods of YAML
        from pycman.containers.deadline import ends_at_ns  # only imported for pods of YAML

        message = read_message(session, row, spec, failed=end.exit_status != 0)
        attributes |= {"message": message} if message else {}
        at_ns = max(end.finished_at_ns, time.time_ns())
        if spec.deadline_s and end.exit_status and at_ns >= ends_at_ns(session, spec) > 0:
            attributes["reason"] = "DeadlineExceeded"
    with session.db.transaction(durable=not row["auto_remove"]):
        change_row(session, container_id, pid=0, ready=0, **end.columns(), **_restart(session, ended))
        if row["pod_id"] or '_probe"' in row["spec"] or '"post_start"' in row["spec"]:
            session.db.change("DELETE FROM probes WHERE container_id = ?", (container_id,))
        if started:
            append_event(session, row, "died", **attributes)
    if spec is not None:
        clear_message(spec)


def _restart(session: Session, ended: Mapping[str, Any]) -> dict[str, int]:
    """Return the columns that record when to restart a container whose run has ended, {} if it is not restarted."""
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
