"""Clean up after a container's exit: record how it ended, then release network, runtime state, mounts and bundle.

Called after the exit (end/finish.py), by `stop` and `rm`, and by any verb that sees a container whose process has
exited. All of them hold the container's lock, and the second one sees in the row that there is nothing left to do.
"""

from __future__ import annotations

import os
import time

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.cleanup.passage import close_passage
from pycman.containers.events import append_event
from pycman.containers.mounts.steps import MountExtras, MountRoot
from pycman.containers.networks.connection import begin_release
from pycman.errors import PycmanError
from pycman.linux.files import remove_tree
from pycman.linux.mounts import unmount_below
from pycman.linux.processes import boot_id, is_alive
from pycman.plan import crash_point, undo_all
from pycman.runtime.conmon import kill_monitor, read_exit_file
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
_UNKNOWN_STATUS = 255
"""Docker's status for a container whose exit was not seen (host rebooted, conmon killed)."""


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
    row = row_of(session, container_id)
    leftovers = _release(session, row, spec_of(row))
    crash_point("cleanup:unmounted")
    with session.db.transaction():
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
    kill_monitor(f"{bundle}/conmon.pid")
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
    """Write exit status, signal, OOM and time into the row and the event "died" (reasons are Kubernetes')."""
    container_id = row["id"]
    started = row["started_at_ns"] > row["finished_at_ns"]
    status, finished_at_ns, seen = _exit_of(session, row)
    signal = status - 128 if seen and 128 < status <= 128 + 64 else 0
    bundle = session.paths.bundle(container_id)
    oom = os.path.exists(f"{bundle}/oom")
    reason = "OOMKilled" if oom else "Completed" if status == 0 else "Error"
    attributes = {
        "exit_status": str(status), "term_signal": str(signal), "oom_killed": str(oom).lower(), "reason": reason,
    }  # fmt: skip
    if not seen:
        attributes["reason"] = "Unknown"
    spec = spec_of(row) if _MESSAGE in row["spec"] else None
    if spec is not None:
        from pycman.containers.cleanup.deadline import ends_at_ns  # only imported for pods of YAML
        from pycman.containers.cleanup.termination_message import clear_message, read_message  # pods of YAML

        message = read_message(session, row, spec, failed=status != 0)
        attributes |= {"message": message} if message else {}
        if spec.deadline_s and status and max(finished_at_ns, time.time_ns()) >= ends_at_ns(session, spec) > 0:
            attributes["reason"] = "DeadlineExceeded"
    with session.db.transaction():
        session.db.change(
            "UPDATE containers SET pid = 0, ready = 0, finished_at_ns = ?, exit_status = ?, term_signal = ?, oom_killed = ?"
            " WHERE id = ?",
            (max(finished_at_ns, row["started_at_ns"]), status, signal, int(oom), container_id),
        )
        if row["pod_id"] or '_probe"' in row["spec"] or '"post_start"' in row["spec"]:
            session.db.change("DELETE FROM probes WHERE container_id = ?", (container_id,))
        if started:
            append_event(session, row, "died", **attributes)
    if spec is not None:
        clear_message(spec)


def _exit_of(session: Session, row: Mapping[str, Any]) -> tuple[int, int, bool]:
    """Return exit status, time (ns since 1970), and whether they are known.

    Waits up to 5 s for conmon to write its exit file.
    """
    path = session.paths.exit_file(row["id"])
    deadline = time.monotonic() + _EXIT_FILE_TIMEOUT_S
    while row["boot_id"] == boot_id():
        recorded = read_exit_file(path)
        if recorded is not None:
            return recorded[0], recorded[1], True
        if not is_alive(row["conmon_pid"], row["conmon_start"]) or time.monotonic() > deadline:
            recorded = read_exit_file(path)  # conmon may have written it between the last read and its own exit
            if recorded is not None:
                return recorded[0], recorded[1], True
            break
        time.sleep(0.001)
    return _UNKNOWN_STATUS, time.time_ns(), False
