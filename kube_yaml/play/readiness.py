"""Whether the pods of a play are ready, read from the database."""

from __future__ import annotations

import time

from pods.catalogue import find_pod, get_pod
from pycman.containers import states
from pycman.errors import RuntimeFailed, TimedOut
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_POLL_S = 0.05


class Readiness(Record):
    """How many of a pod's containers are ready, of how many (init containers that have ended are not counted)."""

    ready: int
    whole: int
    ended: bool = False

    @property
    def all(self) -> bool:
        """Say whether all are."""
        return self.whole > 0 and self.ready == self.whole


def readiness_of(session: Session, pod_id: str) -> Readiness:
    """Return how far a pod is. Raises NotFound."""
    pod = get_pod(session, pod_id)
    counted = [each for each in pod.workers if each.init_kind in ("", "sidecar")]
    rows = session.db.rows("SELECT id, ready FROM containers WHERE pod_id = ?", (pod.id,))
    ready = {row["id"] for row in rows if row["ready"]}
    ended = all(each.state == states.EXITED for each in counted)
    return Readiness(ready=sum(each.id in ready and each.running for each in counted), whole=len(counted), ended=ended)


def wait_until_ready(session: Session, pod_id: str, *, timeout_s: float = 600.0) -> None:
    """Wait until every container of a pod is ready. Raises TimedOut, RuntimeFailed (it has ended), NotFound."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = readiness_of(session, pod_id)
        if found.all:
            return
        if found.ended:
            raise RuntimeFailed("the pod ended before it was ready", subject=pod_id[:12], hint="see pycman pod logs")
        if time.monotonic() > deadline:
            raise TimedOut(f"{found.ready} of {found.whole} containers are ready", subject=f"pod {pod_id[:12]}")
        time.sleep(_POLL_S)


def _outcomes(session: Session) -> dict[str, str]:
    """Return the outcomes of the pods of Jobs; "" for those that have none yet."""
    rows = session.db.rows("SELECT pod_id, outcome FROM kube_pods WHERE kind IN ('Job', 'CronJob')")
    return {row["pod_id"]: row["outcome"] for row in rows}


def wait_until_ended(session: Session, pod_ids: Sequence[str]) -> int:
    """Wait until no container of these pods runs or will be started again; return the status of the first that failed.

    Pods of a Job are waited for until the Job has succeeded (0) or failed (1).

    Ctrl-C ends the waiting, with status 0, as podman has it.
    """
    try:
        outcomes: dict[str, str] = {}  # those of pods that are gone too: ttlSecondsAfterFinished
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
            workers = [each for pod in pods for each in pod.workers if each.init_kind != "sidecar"]
            going_on = (*states.ALIVE, states.RESTARTING, states.CREATED)
            if not any(each.state in going_on or each.id in uncleaned for each in workers):
                return next((each.exit_status for each in workers if each.exit_status), 0)
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        return 0
