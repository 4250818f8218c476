"""What follows from a member's exit for its pod: it leaves its services, and the last exit ends the pod (exit policy).

a member exits ──▶ refresh_services ──▶ the last one? ──▶ sidecars and infra container stopped ──▶ its Job continues
                                    └─▶ an init container, and nobody waits for it? ──▶ `__pod_start` goes on with the start
"""

from __future__ import annotations

import time

from pycman.containers import states
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
            if not _goes_on(session, pod_id):
                stop_if_over(session, pod_id)
                return
    except TimedOut:
        return
    from pycman.containers.engine_command import start_engine_command  # only imported between init containers

    start_engine_command(session, "__pod_start", pod_id)


def _goes_on(session: Session, pod_id: str) -> bool:
    """Say whether a pod of YAML is between its init containers: the last one that ran has succeeded, and no other member has run yet.

    Pods that no `kube play` made are only started by a command that waits for their init containers.
    """
    if session.db.value("SELECT 1 FROM kube_pods WHERE pod_id = ?", (pod_id,)) is None:
        return False
    rows = session.db.rows(
        "SELECT is_infra, init_kind, started_at_ns, exit_status, boot_id, restart_at_ns, stopped_by_user FROM containers"
        " WHERE pod_id = ?",
        (pod_id,),
    )
    began = next((row["started_at_ns"] for row in rows if row["is_infra"] and row["boot_id"]), 0)
    ran = [row for row in rows if not row["is_infra"] and row["started_at_ns"] > began]
    inits = [row for row in ran if row["init_kind"] not in ("", "sidecar")]
    open_ends = ("exit_status", "boot_id", "restart_at_ns", "stopped_by_user")
    succeeded = inits and not any(row[column] for row in inits for column in open_ends)
    return bool(began and succeeded and all(row["init_kind"] for row in ran))


def stop_if_over(session: Session, pod_id: str) -> None:
    """Stop sidecars and the infra container, in this order, if no other member runs.

    The caller holds the pod's lock.
    """
    rows = session.db.rows("SELECT * FROM containers WHERE pod_id = ?", (pod_id,))
    state_by_id = {row["id"]: states.state_of(session, row) for row in rows}
    alive = [row for row in rows if state_by_id[row["id"]] in (*states.ALIVE, states.RESTARTING)]
    # one whose end is not recorded yet may be restarted: its own cleanup comes back here
    ending = [row for row in rows if row["boot_id"] and not row["is_infra"]]
    if any(not row["is_infra"] and row["init_kind"] != "sidecar" for row in (*alive, *ending)):
        return
    from pycman.containers.end.service_end import after_pod_end  # what stops: not for a pod that has just been started
    from pycman.containers.end.stop_one import stop_one  # as above

    began = time.monotonic()
    for row in sorted(alive, key=lambda row: (row["is_infra"], -row["created_at_ns"])):  # the newest sidecar first
        try:
            late_s = 0 if row["is_infra"] else time.monotonic() - began  # they share the pod's grace period
            stop_one(session, row["id"], timeout_s=1 if row["is_infra"] else None, late_s=late_s)
        except NotFound:
            continue
    if any(not row["is_infra"] for row in alive):
        refresh_services(session)
    _continue_job(session, pod_id)
    after_pod_end(session, pod_id)


def _continue_job(session: Session, pod_id: str) -> None:
    """If the pod belongs to a Job, start the command that continues it.

    Jobs are the kube_yaml package's, above this room.
    """
    if session.db.value("SELECT 1 FROM kube_pods WHERE pod_id = ? AND kind IN ('Job', 'CronJob')", (pod_id,)) is None:
        return
    from pycman.containers.engine_command import start_engine_command  # only imported for Jobs

    start_engine_command(session, "__kube_job", pod_id)
