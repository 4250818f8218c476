"""What a kubelet's pod waits for, as far as its runtime can know it: the rows that the CRI server has written.

A kubelet makes a sandbox, then creates and starts each container; what it does between these calls (back-off, probes, pulls) it tells
nobody but the API server, and the findings say so.
"""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.diagnose.command_check import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session


def explain_kubelets(session: Session, row: Mapping[str, Any], state: str) -> list[Finding]:
    """Return what the kubelet waits for with a container of one of its pods; [] for a container of nobody's kubelet."""
    found = session.db.row(
        "SELECT s.namespace, s.name, s.ready, k.attempt, k.name AS container, k.pod_id FROM cri_containers k"
        " JOIN cri_sandboxes s ON s.pod_id = k.pod_id WHERE k.container_id = ?",
        (row["id"],),
    )
    if found is None:
        return []
    describe = f"kubectl -n {found['namespace']} describe pod {found['name']}"
    if not found["ready"] or not _sandbox_lives(session, found["pod_id"]):
        text = f"the sandbox of its pod {found['namespace']}/{found['name']} has ended: the kubelet makes another one, with new containers"
        return [Finding(reference="sandbox-ended", text=text, fix="journalctl -u kubelet says why, if it does not")]
    newer = session.db.value(
        "SELECT max(attempt) FROM cri_containers WHERE pod_id = ? AND name = ?", (found["pod_id"], found["container"])
    )
    if int(newer or 0) > found["attempt"]:
        text = f"the kubelet has restarted it: this is attempt {found['attempt']}, the newest is {newer}"
        return [Finding(reference="replaced-by-kubelet", text=text, fix="look at the newest one: pycman ps -a")]
    return [_of_state(state, found["attempt"], describe)]


def _of_state(state: str, attempt: int, describe: str) -> Finding:
    """Return what the kubelet does next with a container in a state. Pure."""
    if state in (states.CREATED, states.INITIALIZED):
        text = "the kubelet has created it and not started it yet"
        return Finding(reference="waits-for-kubelet", text=text, fix="journalctl -u kubelet says what it waits for")
    if state in (states.RUNNING, states.PAUSED):
        text = (
            "it runs; whether its pod is ready is decided by the kubelet's own probes, whose results no runtime knows"
        )
        return Finding(reference="kubelets-probes", text=text, fix=f"see them: {describe}")
    after = f" (it has restarted it {attempt} times)" if attempt else ""
    text = f"the kubelet starts another one, after a delay of 10 s that doubles up to 5 min, if its pod's restart policy says so{after}"
    return Finding(reference="kubelets-back-off", text=text, fix=f"see when: {describe}")


def _sandbox_lives(session: Session, pod_id: str) -> bool:
    infra = session.db.row("SELECT * FROM containers WHERE pod_id = ? AND is_infra = 1", (pod_id,))
    return infra is not None and states.has_process(infra)


def waiting_pods(session: Session) -> list[str]:
    """Return a line for each of a kubelet's pods whose sandbox is ready and in which something does not run."""
    lines = []
    for sandbox in session.db.rows(
        "SELECT pod_id, namespace, name FROM cri_sandboxes WHERE ready = 1 ORDER BY namespace, name"
    ):
        name = f"{sandbox['namespace']}/{sandbox['name']}"
        if not _sandbox_lives(session, sandbox["pod_id"]):
            lines.append(f"{name}: its sandbox has ended, and the kubelet has made no other yet")
            continue
        rows = session.db.rows(
            "SELECT c.*, k.name AS called, max(k.attempt) AS attempt FROM cri_containers k"
            " JOIN containers c ON c.id = k.container_id WHERE k.pod_id = ? GROUP BY k.name ORDER BY k.name",
            (sandbox["pod_id"],),
        )
        if not rows:
            lines.append(
                f"{name}: it has no containers: the kubelet pulls an image, is in ImagePullBackOff, or waits for a volume"
            )
        lines += [line for row in rows if (line := _waiting(session, name, row))]
    return lines


def _waiting(session: Session, pod: str, row: Any) -> str:
    state, now = states.observe(session, row)
    if state == states.CREATED:
        return f"{pod}: {row['called']} was created and not started"
    if state == states.EXITED and now["exit_status"]:
        return f"{pod}: {row['called']} exited with status {now['exit_status']}, the kubelet is in its back-off"
    return ""
