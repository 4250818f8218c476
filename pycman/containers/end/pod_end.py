"""What the end of a member means for its pod: services leave it out, and a pod that is over ends as a whole (exit policy).

a member's end ──▶ refresh_services ──▶ over? ── infra container and sidecars are stopped ──▶ a Job looks at it
"""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.end.stop_one import stop_one
from pycman.containers.engine_command import engine_command
from pycman.errors import NotFound, TimedOut
from pycman.linux.processes import spawn
from pycman.network.reconcile.refresh_services import refresh_services
from pycman.state.locks import lock_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.end.finish import Finished
    from pycman.state.session import Session


def after_member_end(session: Session, finished: Finished) -> None:
    """Do what a member's end asks of its pod. A member that restarts keeps its pod going."""
    refresh_services(session)
    if not finished.restarts:
        end_pod_if_over(session, finished.pod_id)


def end_pod_if_over(session: Session, pod_id: str) -> None:
    """Stop a pod with exit policy "stop" once no member but sidecars runs or will be started again.

    While a command starts or stops the pod (it holds the pod's lock) nothing is done: that command asks again at its end.
    """
    if session.db.value("SELECT exit_policy FROM pods WHERE id = ? AND row_state = 'ready'", (pod_id,)) != "stop":
        return
    try:
        with lock_object(session.paths, "pod", pod_id, timeout_s=0):
            stop_if_over(session, pod_id)
    except TimedOut:
        return


def stop_if_over(session: Session, pod_id: str) -> None:
    """Stop the infra container, and sidecars before it, if no other member goes on. The caller holds the pod's lock."""
    rows = session.db.rows("SELECT * FROM containers WHERE pod_id = ?", (pod_id,))
    state_by_id = {row["id"]: states.state_of(row) for row in rows}
    going_on = [row for row in rows if state_by_id[row["id"]] in (*states.ALIVE, states.RESTARTING)]
    if any(not row["is_infra"] and row["init_kind"] != "sidecar" for row in going_on):
        return
    for row in sorted(going_on, key=lambda row: (row["is_infra"], -row["created_at_ns"])):  # sidecars, last first
        try:
            stop_one(session, row["id"], timeout_s=1 if row["is_infra"] else None)
        except NotFound:
            continue
    if any(not row["is_infra"] for row in going_on):
        refresh_services(session)
    _look_at_job(session, pod_id)


def _look_at_job(session: Session, pod_id: str) -> None:
    """Start the command that carries a Job on, if the pod is a Job's: Jobs are known to a room above this one."""
    if session.db.value("SELECT 1 FROM kube_pods WHERE pod_id = ? AND kind IN ('Job', 'CronJob')", (pod_id,)) is None:
        return
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        command = engine_command(session, "__kube_job", pod_id)
        spawn(command, descriptors={0: null, 1: null, 2: null}, new_session=True)
    finally:
        os.close(null)
