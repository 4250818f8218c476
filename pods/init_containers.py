"""Run the init containers of a pod, one after the other, each to its end (Kubernetes, "Init Containers").

One that fails is restarted by its policy, as any container is: by the command that cleans up after it, or by the supervisor when its
delay is over. Whoever starts the pod waits meanwhile, or goes: then the end of the init container goes on with the start
(`containers/end/pod_end.py`, `__pod_start`), which finds here what has been done since the infra container was started.
"""

from __future__ import annotations

import time

from pods.catalogue import get_pod
from pods.on_members import SIDECAR, InitFailed
from pycman.containers import states
from pycman.containers.end.remove import remove_container
from pycman.containers.start.start import start_in_background

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pods.catalogue import Pod
    from pycman.containers.container import Container
    from pycman.state.session import Session

_POLL_S = 0.02
_STARTED, _SUCCEEDED, _FAILED, _IDLE = "started", "succeeded", "failed", "idle"


def init_failed(pod: str, name: str, status: int) -> InitFailed:
    """Return the error for the init container `name` of a pod, which ended with `status`."""
    return InitFailed(
        f"init container {name} ended with status {status}", subject=f"pod {pod}", hint=f"see pycman logs {name}"
    )


def run_init_containers(session: Session, pod: Pod, *, until: float | None) -> str:
    """Run what is left to run of a pod's init containers; return "" when all are done.

    With `until` (of the monotonic clock) it is waited no longer: the id of the init container that goes on is returned. Sidecars are
    only waited for until they have started, that is, until their startup probe has passed. Raises InitFailed.
    """
    if any(worker.running for worker in pod.workers if not worker.init_kind):
        return ""
    for worker in pod.workers:
        if worker.init_kind == SIDECAR:
            if worker.state not in (states.RUNNING, states.PAUSED, states.RESTARTING):
                start_in_background(session, worker.id)
            _wait_started(session, pod, worker)
        elif worker.init_kind:
            if _progress(session, pod, worker.id) == _IDLE:
                start_in_background(session, worker.id)
            if not _wait_for_end(session, pod, worker, until):
                return worker.id
            if worker.init_kind == "once":
                remove_container(session, worker.id, force=True)
    return ""


def has_ended(session: Session, pod: Pod, container_id: str) -> bool:
    """Say whether an init container is over, whatever its end: it neither runs nor will be restarted."""
    return _progress(session, pod, container_id) in (_SUCCEEDED, _FAILED)


def _wait_for_end(session: Session, pod: Pod, worker: Container, until: float | None) -> bool:
    """Wait until an init container has succeeded; say whether it has before `until`. Raises InitFailed."""
    while True:
        progress = _progress(session, pod, worker.id)
        if progress == _SUCCEEDED:
            return True
        if progress == _FAILED:
            status = session.db.value("SELECT exit_status FROM containers WHERE id = ?", (worker.id,))
            raise init_failed(pod.name, worker.name, int(status))
        if until is not None and time.monotonic() > until:
            return False
        time.sleep(_POLL_S)


def _progress(session: Session, pod: Pod, container_id: str) -> str:
    """Return how far an init container is since its pod was started."""
    row = session.db.row(
        "SELECT started_at_ns, finished_at_ns, exit_status, boot_id, restart_at_ns, restart_policy, stopped_by_user"
        " FROM containers WHERE id = ?",
        (container_id,),
    )
    if row is None:
        return _SUCCEEDED  # one of kind "once" is removed when it has succeeded
    if row["boot_id"] or row["restart_at_ns"]:
        return _STARTED
    if row["started_at_ns"] <= _pod_started_at_ns(session, pod):
        return _IDLE
    if row["exit_status"] == 0:
        return _SUCCEEDED
    return _STARTED if _is_being_restarted(row) else _FAILED


def _is_being_restarted(row: Any) -> bool:
    """Say whether the policy restarts a failed container although its row does not say so yet: its cleanup is at work."""
    just_ended = time.time_ns() - row["finished_at_ns"] < 5 * 10**9
    return bool(row["restart_policy"] != "no" and not row["stopped_by_user"] and just_ended)


def _pod_started_at_ns(session: Session, pod: Pod) -> int:
    started = session.db.value("SELECT started_at_ns FROM containers WHERE id = ?", (pod.infra_id,))
    return int(started or 0)


def _wait_started(session: Session, pod: Pod, sidecar: Container) -> None:
    """Wait until a sidecar's startup probe has passed. Raises InitFailed if it ends and is not restarted."""
    while session.db.value(
        "SELECT 1 FROM probes WHERE container_id = ? AND kind = 'startup' AND passed != 1", (sidecar.id,)
    ):
        state = next((one.state for one in get_pod(session, pod.id).workers if one.id == sidecar.id), "")
        if state not in (*states.ALIVE, states.RESTARTING):
            raise InitFailed(
                "the sidecar ended before its startup probe passed",
                subject=sidecar.name,
                hint=f"see pycman logs {sidecar.name}",
            )
        time.sleep(_POLL_S)
