"""Whether the pods of a play have started, are ready (the next pod of a StatefulSet), or have ended (`kube play --wait`), by the database."""

from __future__ import annotations

import time

from pods.catalogue import find_pod, get_pod
from pods.init_containers import init_failed
from pycman.containers import states
from pycman.errors import RuntimeFailed
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.state.session import Session

_POLL_S = 0.05


class Readiness(Record):
    """`ready` of `total` containers of a pod are ready; init containers other than sidecars do not count.

    `ended`: all have exited, and none will be restarted.
    """

    ready: int
    total: int
    ended: bool = False

    @property
    def all(self) -> bool:
        """Say whether all containers are ready (of at least one)."""
        return self.total > 0 and self.ready == self.total


def readiness_of(session: Session, pod_id: str) -> Readiness:
    """Return the readiness of a pod. Raises NotFound."""
    pod = get_pod(session, pod_id)
    counted = [worker for worker in pod.workers if worker.init_kind in ("", "sidecar")]
    rows = session.db.rows(
        "SELECT id, ready, boot_id, started_at_ns, restart_at_ns, restart_policy, exit_status, stopped_by_user FROM containers"
        " WHERE pod_id = ?",
        (pod.id,),
    )
    ready = {row["id"] for row in rows if row["ready"]}
    ended = {row["id"] for row in rows if _has_ended(row)}
    return Readiness(
        ready=sum(worker.id in ready and worker.running for worker in counted),
        total=len(counted),
        ended=all(worker.id in ended for worker in counted),
    )


def _has_ended(row: Any) -> bool:
    """Say whether a container has run and is over for good: its policy restarts it no more."""
    if row["boot_id"] or row["restart_at_ns"] or not row["started_at_ns"]:
        return False
    restarts = row["restart_policy"] == "always" or (row["restart_policy"] == "on-failure" and row["exit_status"])
    return bool(row["stopped_by_user"] or not restarts)


def is_starting(session: Session, pod_id: str) -> bool:
    """Say whether a pod is still at its init containers: none of its other members has been started since its infra container was."""
    rows = session.db.rows(
        "SELECT is_infra, init_kind, started_at_ns, boot_id, error FROM containers WHERE pod_id = ?", (pod_id,)
    )
    began = next((row["started_at_ns"] for row in rows if row["is_infra"] and row["boot_id"]), 0)
    members = [row for row in rows if not row["is_infra"] and not row["init_kind"]]
    return bool(began and members and not any(row["started_at_ns"] > began or row["error"] for row in members))


def failure_of_start(session: Session, pod_id: str, name: str) -> RuntimeFailed | None:
    """Return why a pod that went on by itself did not start; None if it did.

    An init container has ended it before any other member was started, or one of those did not start.
    """
    rows = session.db.rows(
        "SELECT name, is_infra, init_kind, started_at_ns, boot_id, exit_status, error FROM containers WHERE pod_id = ?"
        " ORDER BY created_at_ns",
        (pod_id,),
    )
    broken = next((row for row in rows if row["error"] and not row["is_infra"]), None)
    if broken is not None:
        return RuntimeFailed(f"container {broken['name']} did not start: {broken['error']}", subject=f"pod {name}")
    if any(row["is_infra"] and row["boot_id"] for row in rows):
        return None  # it runs
    began = next((row["started_at_ns"] for row in rows if row["is_infra"]), 0)
    if any(row["started_at_ns"] > began for row in rows if not row["is_infra"] and not row["init_kind"]):
        return None
    failed = next((row for row in rows if row["init_kind"] not in ("", "sidecar") and row["exit_status"]), None)
    return None if failed is None else init_failed(name, failed["name"], failed["exit_status"])


def _outcomes(session: Session) -> dict[str, str]:
    """Return the outcome of each pod of a Job, by pod id; "" while it has none."""
    rows = session.db.rows("SELECT pod_id, outcome FROM kube_pods WHERE kind IN ('Job', 'CronJob')")
    return {row["pod_id"]: row["outcome"] for row in rows}


def wait_until_ended(session: Session, pod_ids: Sequence[str]) -> int:
    """Wait until no container of these pods runs or will be restarted; return the exit status of the first that failed, else 0.

    For pods of a Job, wait until the Job has succeeded (0) or failed (1).
    """
    outcomes: dict[str, str] = {}  # kept across polls: ttlSecondsAfterFinished may remove the pods
    while True:
        outcomes |= _outcomes(session)
        uncleaned = {row["id"] for row in session.db.rows("SELECT id FROM containers WHERE boot_id != ''")}
        pods = [pod for pod_id in pod_ids if (pod := find_pod(session, pod_id)) is not None]
        if any(outcomes.get(pod.id) == "" for pod in pods):
            time.sleep(_POLL_S)
            continue
        if any(outcomes.get(pod_id) == "failed" for pod_id in pod_ids):
            return 1
        pods = [pod for pod in pods if pod.id not in outcomes]
        workers = [worker for pod in pods for worker in pod.workers if worker.init_kind != "sidecar"]
        unfinished = (*states.ALIVE, states.RESTARTING, states.CREATED)
        if not any(worker.state in unfinished or worker.id in uncleaned for worker in workers):
            return next((worker.exit_status for worker in workers if worker.exit_status), 0)
        time.sleep(_POLL_S)
