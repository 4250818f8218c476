"""Go on with a Job when one of its pods has ended: start the next one, try a failed one again, or give up (batch/v1 Job).

Nobody waits for a Job: the command that cleans up after a pod calls this (`__kube_job`), and all it knows is in the database.
"""

from __future__ import annotations

import time

from kube_yaml.play.objects import claim, let_go
from pods.life import start_pod, stop_pod
from pycman.errors import NotFound, PycmanError
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.state import events, owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

SUCCEEDED, FAILED = "succeeded", "failed"
_BACKOFF_LIMIT = 6


class JobPod(Record):
    """A pod of a Job. `state` is created, running, succeeded or failed (its last run; it may be tried again)."""

    pod_id: str
    state: str
    failures: int = 0
    outcome: str = ""


class JobStep(Record):
    """What has to be done now: pods to start, pods that have an outcome, and whether the whole Job has failed."""

    start: tuple[str, ...] = ()
    outcomes: Mapping[str, str] = {}
    failed: bool = False


def next_step(pods: Sequence[JobPod], *, parallelism: int, backoff_limit: int, over: bool = False) -> JobStep:
    """Return what has to be done. Pure. `failures` of the pods are as they are with the last run counted; `over`: its time is."""
    failures = sum(pod.failures for pod in pods)
    outcomes = {pod.pod_id: SUCCEEDED for pod in pods if pod.state == SUCCEEDED and not pod.outcome}
    if failures > backoff_limit or (over and any(pod.state != SUCCEEDED and not pod.outcome for pod in pods)):
        outcomes |= {pod.pod_id: FAILED for pod in pods if pod.state != SUCCEEDED and not pod.outcome}
        return JobStep(outcomes=outcomes, failed=True)
    running = sum(pod.state == "running" for pod in pods)
    waiting = [pod.pod_id for pod in pods if pod.state == FAILED and not pod.outcome]
    waiting += [pod.pod_id for pod in pods if pod.state == "created"]
    return JobStep(start=tuple(waiting[: max(0, parallelism - running)]), outcomes=outcomes)


def go_on_with_job(session: Session, pod_id: str) -> None:
    """Do what the end of a pod asks for in its Job. A pod or Job that is gone is fine."""
    row = session.db.row("SELECT kind, namespace, name FROM kube_pods WHERE pod_id = ?", (pod_id,))
    if row is None:
        return
    session.enter_namespaces()
    key = (row["kind"], row["namespace"], row["name"])
    with session.lock("job", "-".join(key)):
        spec = _job_spec(session, key)
        if spec is None or spec.get("suspend"):
            return
        for other in session.db.rows("SELECT pod_id FROM kube_pods WHERE kind = ? AND namespace = ? AND name = ?", key):
            _count_failure(session, other["pod_id"])
        pods = _pods_of(session, key)
        step = next_step(
            pods,
            parallelism=_number(spec, "parallelism", 1),
            backoff_limit=_number(spec, "backoffLimit", _BACKOFF_LIMIT),
            over=_is_over(session, key),
        )
        with session.db.transaction():
            for each, outcome in step.outcomes.items():
                session.db.change("UPDATE kube_pods SET outcome = ? WHERE pod_id = ?", (outcome, each))
            for each in step.start:
                claim(session, each)
                set_deadline(session, each)
            _set_expiry(session, key, spec)
    if step.failed:
        events.append(session.db, "pod", "job_failed", pod_id, name=row["name"])
        for pod in pods:
            if pod.state == "running":
                stop_pod(session, pod.pod_id)
        return
    for each in step.start:
        try:
            start_pod(session, each)
        except NotFound:
            continue
        except PycmanError:
            session.db.change("UPDATE kube_pods SET failures = failures + 1 WHERE pod_id = ?", (each,))
        let_go(session, each)
        go_on_with_job(session, each)  # it may have ended while it still counted as being started


def set_deadline(session: Session, pod_id: str) -> None:
    """Write down when a pod of a Job is ended, before it is started: the Job's time begins with its first pod's start."""
    row = session.db.row("SELECT kind, namespace, name FROM kube_pods WHERE pod_id = ?", (pod_id,))
    seconds = row and (_job_spec(session, tuple(row)) or {}).get("activeDeadlineSeconds")
    if seconds:
        session.db.change(
            "UPDATE kube_pods SET deadline_at_ns = COALESCE((SELECT MIN(deadline_at_ns) FROM kube_pods WHERE kind = ?"
            " AND namespace = ? AND name = ? AND deadline_at_ns > 0), ?) WHERE pod_id = ? AND deadline_at_ns = 0",
            (*row, time.time_ns() + int(seconds) * 10**9, pod_id),
        )


def _is_over(session: Session, key: tuple[str, str, str]) -> bool:
    found = session.db.value(
        "SELECT 1 FROM kube_pods WHERE kind = ? AND namespace = ? AND name = ? AND deadline_at_ns BETWEEN 1 AND ?",
        (*key, time.time_ns()),
    )
    return found is not None


def _set_expiry(session: Session, key: tuple[str, str, str], spec: Mapping[str, Any]) -> None:
    """Write down when a Job goes, if all its pods have an outcome and it shall go by itself."""
    seconds = spec.get("ttlSecondsAfterFinished")
    where = "WHERE kind = ? AND namespace = ? AND name = ?"
    if seconds is None or session.db.value(f"SELECT 1 FROM kube_pods {where} AND outcome = ''", key) is not None:
        return
    session.db.change(
        f"UPDATE kube_objects SET expires_at_ns = ? {where} AND expires_at_ns = 0",
        (time.time_ns() + int(seconds) * 10**9, *key),
    )


def remove_expired(session: Session) -> None:
    """Take down Jobs that ended as long ago as they say (ttlSecondsAfterFinished)."""
    rows = session.db.rows(
        "SELECT kind, namespace, name FROM kube_objects WHERE expires_at_ns BETWEEN 1 AND ?", (time.time_ns(),)
    )
    if rows:
        from kube_yaml.play.down import take_down_objects

        take_down_objects(session, [(row["kind"], row["namespace"], row["name"]) for row in rows])


def _job_spec(session: Session, key: tuple[str, str, str]) -> Mapping[str, Any] | None:
    text = session.db.value("SELECT manifest FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", key)
    if text is None:
        return None
    spec: Mapping[str, Any] = parse_json(str(text)).get("spec") or {}
    return (spec.get("jobTemplate") or {}).get("spec") or {} if key[0] == "CronJob" else spec


def _number(spec: Mapping[str, Any], key: str, default: int) -> int:
    return default if spec.get(key) is None else int(spec[key])


def _count_failure(session: Session, pod_id: str) -> None:
    """Count the last run of a pod if it failed, once."""
    if _state_of(session, pod_id) != FAILED:
        return
    ended = session.db.value("SELECT MAX(finished_at_ns) FROM containers WHERE pod_id = ? AND is_infra = 0", (pod_id,))
    session.db.change(
        "UPDATE kube_pods SET failures = failures + 1, counted_at_ns = ? WHERE pod_id = ? AND counted_at_ns < ?",
        (ended, pod_id, ended),
    )


def _pods_of(session: Session, key: tuple[str, str, str]) -> list[JobPod]:
    rows = session.db.rows(
        "SELECT pod_id, failures, outcome, maker FROM kube_pods WHERE kind = ? AND namespace = ? AND name = ? ORDER BY number",
        key,
    )
    return [
        JobPod(
            pod_id=row["pod_id"],
            state="running" if not owners.is_gone(row["maker"]) else _state_of(session, row["pod_id"]),
            failures=row["failures"],
            outcome=row["outcome"],
        )
        for row in rows
    ]


def _state_of(session: Session, pod_id: str) -> str:
    """Return how a pod is: running until all its containers have been cleaned up after, for only then their status is known."""
    rows = session.db.rows(
        "SELECT boot_id, restart_at_ns, started_at_ns, exit_status FROM containers"
        " WHERE pod_id = ? AND is_infra = 0 AND init_kind != 'sidecar'",
        (pod_id,),
    )
    if any(row["boot_id"] or row["restart_at_ns"] for row in rows):
        return "running"
    if any(row["started_at_ns"] and row["exit_status"] for row in rows):
        return FAILED
    return SUCCEEDED if all(row["started_at_ns"] for row in rows) else "created"
