"""What follows from a member's exit for its pod: it leaves its services, and the last exit ends the pod (exit policy).

a member exits ──▶ refresh_services ──▶ the last one? ──▶ sidecars and infra container stopped ──▶ its Job continues
"""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.end.stop_one import stop_one
from pycman.containers.engine_command import start_engine_command
from pycman.errors import NotFound, TimedOut
from pycman.network.reconcile.refresh_services import refresh_services
from pycman.state.locks import lock_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.end.finish import Finished
    from pycman.state.session import Session


def after_member_end(session: Session, finished: Finished) -> None:
    """Take an exited member out of its services, and end its pod if no other member runs.

    A member that restarts keeps its pod.
    """
    refresh_services(session)
    if not finished.restarts:
        end_pod_if_over(session, finished.pod_id)


def end_pod_if_over(session: Session, pod_id: str) -> None:
    """Stop a pod with exit policy "stop" once no member but sidecars runs or will be restarted.

    Nothing is done while a command that starts or stops the pod holds its lock: that command calls `stop_if_over` at
    its end.
    """
    if session.db.value("SELECT exit_policy FROM pods WHERE id = ? AND row_state = 'ready'", (pod_id,)) != "stop":
        return
    try:
        with lock_object(session.paths, "pod", pod_id, timeout_s=0):
            stop_if_over(session, pod_id)
    except TimedOut:
        return


def stop_if_over(session: Session, pod_id: str) -> None:
    """Stop sidecars and the infra container, in this order, if no other member runs.

    The caller holds the pod's lock.
    """
    rows = session.db.rows("SELECT * FROM containers WHERE pod_id = ?", (pod_id,))
    state_by_id = {row["id"]: states.state_of(session, row) for row in rows}
    alive = [row for row in rows if state_by_id[row["id"]] in (*states.ALIVE, states.RESTARTING)]
    if any(not row["is_infra"] and row["init_kind"] != "sidecar" for row in alive):
        return
    for row in sorted(alive, key=lambda row: (row["is_infra"], -row["created_at_ns"])):  # the newest sidecar first
        try:
            stop_one(session, row["id"], timeout_s=1 if row["is_infra"] else None)
        except NotFound:
            continue
    if any(not row["is_infra"] for row in alive):
        refresh_services(session)
    _continue_job(session, pod_id)


def _continue_job(session: Session, pod_id: str) -> None:
    """If the pod belongs to a Job, start the command that continues it.

    Jobs are the kube_yaml package's, above this room.
    """
    if session.db.value("SELECT 1 FROM kube_pods WHERE pod_id = ? AND kind IN ('Job', 'CronJob')", (pod_id,)) is None:
        return
    start_engine_command(session, "__kube_job", pod_id)
