"""What the start and end of a member mean for its pod (exit policy) and for the services that lead to it."""

from __future__ import annotations

import os

from pycman.containers import states
from pycman.containers.engine_command import engine_command
from pycman.errors import NotFound, TimedOut
from pycman.linux.processes import spawn
from pycman.state.locks import hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def refresh_services(session: Session) -> None:
    """Have services lead to the pods that are ready now; call it when a member starts, ends, or its readiness changes."""
    if session.db.value("SELECT 1 FROM services LIMIT 1") is None:
        return
    from pycman.network.reconcile.in_child import begin_refresh  # most stores have no services

    begin_refresh(session).finish()


def end_pod_if_over(session: Session, pod_id: str) -> None:
    """Stop the infra container of a pod with exit policy "stop", and sidecars before it, once no other member runs or will be
    started again.

    While a command starts or stops the pod (it holds the pod's lock) nothing is done: that command asks again at its end.
    """
    if session.db.value("SELECT exit_policy FROM pods WHERE id = ? AND row_state = 'ready'", (pod_id,)) != "stop":
        return
    try:
        with hold(session.paths, "pod", pod_id, timeout_s=0):
            stop_if_over(session, pod_id)
    except TimedOut:
        return


def stop_if_over(session: Session, pod_id: str) -> None:
    """Do it. The pod's lock is held."""
    from pycman.containers.end.stop import stop_container  # stop itself ends containers by way of this

    rows = session.db.rows("SELECT * FROM containers WHERE pod_id = ?", (pod_id,))
    state_by_id = {row["id"]: states.state_of(row) for row in rows}
    going_on = [
        row for row in rows if state_by_id[row["id"]] in states.ALIVE or state_by_id[row["id"]] == states.RESTARTING
    ]
    if any(not row["is_infra"] and row["init_kind"] != "sidecar" for row in going_on):
        return
    for row in sorted(going_on, key=lambda row: (row["is_infra"], -row["created_at_ns"])):  # sidecars, last first
        try:
            stop_container(session, row["id"], timeout_s=1 if row["is_infra"] else None)
        except NotFound:
            continue
    _go_on_with_job(session, pod_id)


def _go_on_with_job(session: Session, pod_id: str) -> None:
    """If the pod is a Job's, have the command look at it that knows of Jobs: a room above this one, so by command."""
    if session.db.value("SELECT 1 FROM kube_pods WHERE pod_id = ? AND kind IN ('Job', 'CronJob')", (pod_id,)) is None:
        return
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    try:
        command = engine_command(session, "__kube_job", pod_id)
        spawn(command, descriptors={0: null, 1: null, 2: null}, new_session=True)
    finally:
        os.close(null)
