"""Advance a Job when one of its pods has ended: start the next pods, retry a failed one, or fail the Job (batch/v1 Job).

    last container of a pod exits ──▶ cleanup ──▶ `__kube_job POD` ──▶ advance_job ──▶ next_step (pure)
                                                                            ├─▶ start pods (at most `parallelism`)
                                                                            ├─▶ outcome of pods: succeeded, failed
                                                                            └─▶ deadline, expiry (read by the supervisor)

No process waits for a Job: all state is in the tables kube_objects and kube_pods.
"""

from __future__ import annotations

import time

from kube_yaml.play.objects import claim_pod, release_pod
from pods.start import start_pod
from pods.stop import stop_pod
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
    """A pod of a Job. `state` is created, running, succeeded or failed, by its last run; `outcome` is "" while it may be retried."""

    pod_id: str
    state: str
    failures: int = 0
    outcome: str = ""


class JobStep(Record):
    """What to do next: ids of pods to start, final outcomes by pod id, and whether the whole Job has failed."""

    start: tuple[str, ...] = ()
    outcomes: Mapping[str, str] = {}
    failed: bool = False


def next_step(
    pods: Sequence[JobPod],
    *,
    parallelism: int,
    backoff_limit: int,
    past_deadline: bool = False,
    work_queue: bool = False,
) -> JobStep:
    """Return what to do next. Pure. `failures` of pods include the last run. `past_deadline`: activeDeadlineSeconds has passed.

    `work_queue`: there is no number of completions, so when one pod has succeeded the work is done: none is started any more, and
    the Job has succeeded once no other runs (Kubernetes, "Parallel execution for Jobs").
    """
    failures = sum(pod.failures for pod in pods)
    outcomes = {pod.pod_id: SUCCEEDED for pod in pods if pod.state == SUCCEEDED and not pod.outcome}
    if failures > backoff_limit or (past_deadline and any(pod.state != SUCCEEDED and not pod.outcome for pod in pods)):
        outcomes |= {pod.pod_id: FAILED for pod in pods if pod.state != SUCCEEDED and not pod.outcome}
        return JobStep(outcomes=outcomes, failed=True)
    running = sum(pod.state == "running" for pod in pods)
    if work_queue and any(SUCCEEDED in (pod.state, pod.outcome) for pod in pods):
        if not running:
            outcomes |= {pod.pod_id: SUCCEEDED for pod in pods if not pod.outcome}
        return JobStep(outcomes=outcomes)
    waiting = [pod.pod_id for pod in pods if pod.state == FAILED and not pod.outcome]
    waiting += [pod.pod_id for pod in pods if pod.state == "created"]
    return JobStep(start=tuple(waiting[: max(0, parallelism - running)]), outcomes=outcomes)


def advance_job(session: Session, pod_id: str) -> None:
    """Start, retry or fail the pods of the Job to which `pod_id` belongs. Do nothing if the pod or the Job does not exist."""
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
            past_deadline=_is_past_deadline(session, key),
            work_queue=spec.get("completions") is None and spec.get("parallelism") is not None,
        )
        with session.db.transaction():
            for ended, outcome in step.outcomes.items():
                session.db.change("UPDATE kube_pods SET outcome = ? WHERE pod_id = ?", (outcome, ended))
            for next_pod in step.start:
                claim_pod(session, next_pod)
                set_deadline(session, next_pod)
            _set_expiry(session, key, spec)
    if step.failed:
        events.append(session.db, "pod", "job_failed", pod_id, name=row["name"])
        for pod in pods:
            if pod.state == "running":
                stop_pod(session, pod.pod_id)
        return
    for next_pod in step.start:
        try:
            start_pod(session, next_pod)
        except NotFound:
            continue
        except PycmanError:
            session.db.change("UPDATE kube_pods SET failures = failures + 1 WHERE pod_id = ?", (next_pod,))
        release_pod(session, next_pod)
        advance_job(session, next_pod)  # it may have ended while its row still said that it is being started


def set_deadline(session: Session, pod_id: str) -> None:
    """Store the deadline of a pod of a Job before its start: that of the Job's earlier pods, else activeDeadlineSeconds from now."""
    row = session.db.row("SELECT kind, namespace, name FROM kube_pods WHERE pod_id = ?", (pod_id,))
    seconds = row and (_job_spec(session, tuple(row)) or {}).get("activeDeadlineSeconds")
    if seconds:
        session.db.change(
            "UPDATE kube_pods SET deadline_at_ns = COALESCE((SELECT MIN(deadline_at_ns) FROM kube_pods WHERE kind = ?"
            " AND namespace = ? AND name = ? AND deadline_at_ns > 0), ?) WHERE pod_id = ? AND deadline_at_ns = 0",
            (*row, time.time_ns() + int(seconds) * 10**9, pod_id),
        )


def _is_past_deadline(session: Session, key: tuple[str, str, str]) -> bool:
    row = session.db.value(
        "SELECT 1 FROM kube_pods WHERE kind = ? AND namespace = ? AND name = ? AND deadline_at_ns BETWEEN 1 AND ?",
        (*key, time.time_ns()),
    )
    return row is not None


def _set_expiry(session: Session, key: tuple[str, str, str], spec: Mapping[str, Any]) -> None:
    """Store when a Job is removed (ttlSecondsAfterFinished), once all its pods have an outcome."""
    seconds = spec.get("ttlSecondsAfterFinished")
    where = "WHERE kind = ? AND namespace = ? AND name = ?"
    if seconds is None or session.db.value(f"SELECT 1 FROM kube_pods {where} AND outcome = ''", key) is not None:
        return
    session.db.change(
        f"UPDATE kube_objects SET expires_at_ns = ? {where} AND expires_at_ns = 0",
        (time.time_ns() + int(seconds) * 10**9, *key),
    )


def _job_spec(session: Session, key: tuple[str, str, str]) -> Mapping[str, Any] | None:
    text = session.db.value("SELECT manifest FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", key)
    if text is None:
        return None
    spec: Mapping[str, Any] = parse_json(str(text)).get("spec") or {}
    return (spec.get("jobTemplate") or {}).get("spec") or {} if key[0] == "CronJob" else spec


def _number(spec: Mapping[str, Any], key: str, default: int) -> int:
    return default if spec.get(key) is None else int(spec[key])


def _count_failure(session: Session, pod_id: str) -> None:
    """Add the last run of a pod to its failures if it failed and has not been counted (`counted_at_ns` is the end of that run)."""
    if _state_of(session, pod_id) != FAILED:
        return
    finished_at_ns = session.db.value(
        "SELECT MAX(finished_at_ns) FROM containers WHERE pod_id = ? AND is_infra = 0", (pod_id,)
    )
    session.db.change(
        "UPDATE kube_pods SET failures = failures + 1, counted_at_ns = ? WHERE pod_id = ? AND counted_at_ns < ?",
        (finished_at_ns, pod_id, finished_at_ns),
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
    """Return the state of a pod, for JobPod: running until cleanup has recorded the exit status of all its containers."""
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
