"""Start a pod: the infra container, then init containers (init_containers.py), then the others in waves, each of them side by side:
those whose namespaces others use come first.
"""

from __future__ import annotations

import time

from pods.catalogue import Pod, get_pod
from pods.on_members import SIDECAR, InitFailed, PodReport, on_members, waves
from pods.recover import recover_pods
from pycman.containers.bundle.pod_group import prepare_pod_group
from pycman.containers.end.pod_end import stop_if_over
from pycman.containers.end.service_pods import service_of
from pycman.containers.start.start import import_for_members, start_in_background, wait_for_dns
from pycman.containers.start.start_together import start_together
from pycman.errors import PycmanError
from pycman.plan import crash_point
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.containers.container import Container
    from pycman.containers.networks.connection import Connection
    from pycman.state.session import Session


def start_sandbox(session: Session, pod_id: str) -> list[Connection]:
    """Start a new pod's sandbox if it needs no process, for the `start_pod` that follows; return the connections that are under way.

    Raises what starting the infra container raises.
    """
    connections: list[Connection] = []
    with session.lock("pod", pod_id):
        infra = session.db.value(
            "SELECT id FROM containers WHERE pod_id = ? AND is_infra = 1 AND pinned = 1", (pod_id,)
        )
        if infra is not None and not service_of(session, pod_id):
            prepare_pod_group(session, pod_id)
            start_in_background(session, str(infra), pending=connections)
    return connections


def start_pod(
    session: Session,
    name: str,
    *,
    wait_s: float | None = None,
    goes_on: bool = False,
    connections: list[Connection] | None = None,
) -> PodReport:
    """Start a pod. `connections` are those of `start_sandbox`. Members that already run are left alone; one that fails does not prevent the others from starting.

    With `wait_s` init containers are waited for no longer than that: the pod is then started by the end of the last of them, which
    `goes_on` with a start unless the pod was stopped meanwhile.
    Raises NotFound, WrongState, InitFailed (a failed init container), and what starting the infra container raises.
    """
    session.enter_namespaces()
    recover_pods(session)
    pod = get_pod(session, name)
    until = None if wait_s is None else time.monotonic() + wait_s
    while True:
        with session.lock("pod", pod.id):
            pod = get_pod(session, pod.id, typed=name)
            if goes_on and not any(member.running for member in pod.members if member.is_infra):
                return PodReport(pod_id=pod.id)
            report = _start_locked(session, pod, until, connections or [])
        if not report.pending:
            return report
        from pods.init_containers import has_ended  # only imported for pods that have some

        # whose end came while the lock was still held found the pod in good hands, and did not go on
        if not has_ended(session, pod, report.pending):
            return report


def _start_locked(session: Session, pod: Pod, until: float | None, pending: list[Connection]) -> PodReport:
    if not prepare_pod_group(session, pod.id, tell=True):
        session.warnings.append(f"pod {pod.name}: limits cannot be set on this host; run pycman doctor")
    service_id = service_of(session, pod.id)
    if service_id:
        start_in_background(session, service_id)
    if pod.infra_id:
        start_in_background(session, pod.infra_id, pending=pending)
    crash_point("pod-start:infra")
    if any(worker.init_kind for worker in pod.workers):
        left = _run_init_containers(session, pod, until, pending)
        if left:
            return PodReport(pod_id=pod.id, pending=left)
    errors: dict[str, PycmanError] = {}
    import_for_members()
    try:
        for wave in waves(session, [worker for worker in pod.workers if worker.init_kind in ("", SIDECAR)]):
            errors |= _start_members(session, pod, wave, pending)
        _complete(pending)
    except PycmanError:
        _stop_all(session, pod)
        raise
    crash_point("pod-start:members")
    if pod.exit_policy == "stop" and pod.workers:  # an empty pod waits for its first member, as a unit of systemd does
        stop_if_over(session, pod.id)
    events.append(session.db, "pod", "start", pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _run_init_containers(session: Session, pod: Pod, until: float | None, pending: list[Connection]) -> str:
    """Run init containers, which may use the network; return the id of the one that is not over until then, and "" if all are. Raises InitFailed."""
    from pods.init_containers import run_init_containers  # only imported for pods that have some

    _wait_for_network(session, pod, pending)
    try:
        return run_init_containers(session, pod, until=until)
    except InitFailed:
        if pod.exit_policy == "stop":
            stop_if_over(session, pod.id)
        raise


def _start_members(
    session: Session, pod: Pod, members: Sequence[Container], pending: list[Connection]
) -> dict[str, PycmanError]:
    """Start members side by side, their processes when the pod's names resolve; return the errors by name."""
    names = {member.id: member.name for member in members}

    def wait() -> None:
        if not pending:
            wait_for_dns(session, pod.infra_id)
        _complete(pending)

    together = () if session.options.notify_socket else tuple(names)
    failed, left = start_together(session, together, wait)
    alone = [member for member in members if member.id in left or not together]
    errors = {names[container_id]: error for container_id, error in failed.items()}
    return errors | on_members(session, alone, lambda container_id: start_in_background(session, container_id))


def _complete(pending: list[Connection]) -> None:
    """Wait for the pod's network, whose name server starts while members are made."""
    while pending:
        pending.pop().complete()


def _wait_for_network(session: Session, pod: Pod, pending: list[Connection]) -> None:
    """Wait for the pod's network before its init containers; if it fails, stop all members."""
    try:
        _complete(pending)
    except PycmanError:
        _stop_all(session, pod)
        raise


def _stop_all(session: Session, pod: Pod) -> None:
    from pycman.containers.end.stop import stop_container  # only imported when a start fails

    for member in sorted(pod.members, key=lambda member: member.is_infra):  # the infra container last
        stop_container(session, member.id, timeout_s=0)


def restart_pod(session: Session, name: str) -> PodReport:
    """Stop a pod and start it."""
    from pods.stop import stop_pod  # not for a start

    stopped = stop_pod(session, name)
    return start_pod(session, stopped.pod_id)
