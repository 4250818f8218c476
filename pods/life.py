"""Start, stop, restart, kill, pause and unpause whole pods.

Start: the infra container, then init containers one after the other, each to its end, then the others in waves: those whose
namespaces others use come first, and the members of a wave are started side by side. Stop: the other way round.
"""

from __future__ import annotations

import time

from pods.catalogue import Pod, get_pod
from pods.recover import recover_pods
from pods.side_by_side import try_side_by_side
from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.change.pause import pause_container, unpause_container
from pycman.containers.end.kill import kill_container
from pycman.containers.end.pod_end import stop_if_over
from pycman.containers.end.remove import remove_container
from pycman.containers.end.stop import stop_container
from pycman.containers.end.wait import wait_container
from pycman.containers.start.start import start_in_background
from pycman.errors import PycmanError, RuntimeFailed, WrongState
from pycman.jsontext import parse_json
from pycman.linux.cgroup.parent import make_parent
from pycman.plan import crash_point
from pycman.record import Record
from pycman.runtime.host_facts import host_facts
from pycman.runtime.resources import limits_object
from pycman.spec.resources import Resources
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.containers.container import Container
    from pycman.containers.networks.connection import Connection
    from pycman.state.session import Session


SIDECAR = "sidecar"
"""The init kind of a container that starts before the others and runs beside them."""
_POLL_S = 0.05


class PodReport(Record):
    """The result of a verb on a pod: its id, and the errors of members that failed, by their names."""

    pod_id: str
    errors: Mapping[str, PycmanError] = {}


def start_pod(session: Session, name: str) -> PodReport:
    """Start a pod. Members that already run are left alone; one that fails does not prevent the others from starting.

    Raises NotFound, WrongState, RuntimeFailed (a failed init container), and what starting the infra container raises.
    """
    session.enter_namespaces()
    recover_pods(session)
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id)
        _prepare_cgroup(session, pod)
        pending: list[Connection] = []
        if pod.infra_id:
            start_in_background(session, pod.infra_id, pending=pending)
        crash_point("pod-start:infra")
        if any(worker.init_kind for worker in pod.workers):
            _wait_for_network(session, pod, pending)
        _run_init_containers(session, pod)
        errors: dict[str, PycmanError] = {}
        for wave in waves(session, [worker for worker in pod.workers if worker.init_kind in ("", SIDECAR)]):
            errors |= _on_members(session, wave, lambda container_id: start_in_background(session, container_id))
        _wait_for_network(session, pod, pending)
        crash_point("pod-start:members")
        if pod.exit_policy == "stop":
            stop_if_over(session, pod.id)
    events.append(session.db, "pod", "start", pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _wait_for_network(session: Session, pod: Pod, pending: list[Connection]) -> None:
    """Wait for the pod's network, whose name server starts while members are made; if it fails, stop all members."""
    try:
        while pending:
            pending.pop().complete()
    except PycmanError:
        for member in sorted(pod.members, key=lambda member: member.is_infra):  # the infra container last
            stop_container(session, member.id, timeout_s=0)
        raise


def _prepare_cgroup(session: Session, pod: Pod) -> None:
    """Set the pod's limits on its cgroup; warn if this host cannot."""
    spec_text = session.db.value("SELECT spec FROM pods WHERE id = ?", (pod.id,))
    resources = parse_json(spec_text).get("resources")
    if not resources:
        return

    limits = Resources.from_dict(resources)
    host = host_facts(session, limits)
    if host.cgroups == "none" or not pod.cgroup.endswith(pod.id):
        session.warnings.append(f"pod {pod.name}: limits cannot be set on this host; run pycman doctor")
        return
    make_parent(pod.cgroup, limits_object(limits, host.device_numbers))


def _run_init_containers(session: Session, pod: Pod) -> None:
    """Run init containers to their end in the order of their creation, unless the pod already runs. Raises RuntimeFailed.

    A sidecar is only waited for until it has started, that is, until its startup probe has passed.
    """
    if any(worker.running for worker in pod.workers):
        return
    for worker in pod.workers:
        if not worker.init_kind:
            continue
        start_in_background(session, worker.id)
        if worker.init_kind == SIDECAR:
            _wait_started(session, worker)
            continue
        status = wait_container(session, worker.id)
        if status:
            raise RuntimeFailed(
                f"init container {worker.name} ended with status {status}",
                subject=f"pod {pod.name}",
                hint=f"see pycman logs {worker.name}",
            )
        if worker.init_kind == "once":
            remove_container(session, worker.id, force=True)


def _wait_started(session: Session, sidecar: Container) -> None:
    """Wait until a sidecar's startup probe has passed. Raises RuntimeFailed if it ends and is not restarted."""
    while session.db.value(
        "SELECT 1 FROM probes WHERE container_id = ? AND kind = 'startup' AND passed != 1", (sidecar.id,)
    ):
        state = states.state_of(session, row_of(session, sidecar.id))
        if state not in (*states.ALIVE, states.RESTARTING):
            raise RuntimeFailed(
                "the sidecar ended before its startup probe passed",
                subject=sidecar.name,
                hint=f"see pycman logs {sidecar.name}",
            )
        time.sleep(_POLL_S)


def waves(session: Session, members: Sequence[Container]) -> list[list[Container]]:
    """Return members in groups that can be started together: members whose namespaces others of them use come first."""
    needs: dict[str, set[str]] = {member.id: set() for member in members}
    for row in session.db.rows("SELECT container_id, needed_id FROM container_needs"):
        if row["container_id"] in needs and row["needed_id"] in needs:
            needs[row["container_id"]].add(row["needed_id"])
    result: list[list[Container]] = []
    left = list(members)
    while left:
        wave = [member for member in left if not needs[member.id]] or left
        result.append(wave)
        started = {member.id for member in wave}
        left = [member for member in left if member.id not in started]
        for needed in needs.values():
            needed -= started
    return result


def stop_pod(session: Session, name: str, *, timeout_s: int | None = None) -> PodReport:
    """Stop a pod: members side by side, then sidecars, then the infra container. A stopped pod is no error."""
    session.enter_namespaces()
    recover_pods(session)
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id)
        errors: dict[str, PycmanError] = {}
        sidecars = [[worker] for worker in pod.workers if worker.init_kind == SIDECAR]
        others = waves(session, [worker for worker in pod.workers if worker.init_kind != SIDECAR])
        for wave in reversed([*sidecars, *others]):
            errors |= _on_members(
                session, wave, lambda container_id: stop_container(session, container_id, timeout_s=timeout_s)
            )
        crash_point("pod-stop:members")
        if pod.infra_id:
            stop_container(session, pod.infra_id)
    events.append(session.db, "pod", "stop", pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def restart_pod(session: Session, name: str) -> PodReport:
    """Stop a pod and start it."""
    stopped = stop_pod(session, name)
    return start_pod(session, stopped.pod_id)


def kill_pod(session: Session, name: str, *, signal: str = "KILL") -> PodReport:
    """Send a signal to the first process of every running member."""
    return _on_running(session, name, "kill", lambda container_id: kill_container(session, container_id, signal=signal))


def pause_pod(session: Session, name: str) -> PodReport:
    """Freeze every running member."""
    return _on_running(session, name, "pause", lambda container_id: pause_container(session, container_id))


def unpause_pod(session: Session, name: str) -> PodReport:
    """Thaw every paused member."""
    return _on_running(
        session, name, "unpause", lambda container_id: unpause_container(session, container_id), state=states.PAUSED
    )


def _on_running(
    session: Session, name: str, action: str, verb: Callable[[str], object], *, state: str = states.RUNNING
) -> PodReport:
    """Do `verb` for every member in `state` and record the event `action`. Raises WrongState if there is none."""
    session.enter_namespaces()
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id)
        members = [member for member in pod.members if member.state == state and member.pid]
        if not members:
            raise WrongState(
                f"no container of the pod is {state}", subject=name, hint="pycman pod ps --ctr-status lists them"
            )
        errors = _on_members(session, members, verb)
    events.append(session.db, "pod", action, pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _on_members(
    session: Session, members: Sequence[Container], verb: Callable[[str], object]
) -> dict[str, PycmanError]:
    """Do `verb` for each member and return the errors by the members' names."""

    def work(container_id: str) -> None:
        verb(container_id)

    names = {member.id: member.name for member in members}
    _, errors = try_side_by_side(session, list(names), work)
    return {names[container_id]: error for container_id, error in errors.items()}
