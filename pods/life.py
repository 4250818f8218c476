"""Start, stop, restart, kill, pause and unpause whole pods.

Starting: the infra container, then init containers one after the other, each to its end, then the others in waves: those
whose namespaces others use come first, and each wave is started side by side. Stopping goes the other way round.
"""

from __future__ import annotations

import time

from pods.catalogue import Pod, get_pod
from pods.recover import fix
from pods.side_by_side import try_side_by_side
from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.end.pod_end import stop_if_over
from pycman.containers.end.remove import remove_container
from pycman.containers.end.stop import kill_container, pause_container, stop_container, unpause_container
from pycman.containers.end.wait import wait_container
from pycman.containers.start.start import start_in_background
from pycman.errors import PycmanError, RuntimeFailed, WrongState
from pycman.jsontext import parse_json
from pycman.linux.cgroup.parent import make_parent
from pycman.plan import crash_point
from pycman.record import Record
from pycman.runtime.host_facts import host_facts
from pycman.runtime.resources import limits_object
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.containers.catalogue import Container
    from pycman.containers.networks.connection import Connection
    from pycman.state.session import Session


SIDECAR = "sidecar"
"""The init kind of a container that starts before the others and runs beside them."""
_POLL_S = 0.05


class PodReport(Record):
    """What a verb did to a pod: its id, and for each member that failed its name and the error."""

    pod_id: str
    errors: Mapping[str, PycmanError] = {}


def start_pod(session: Session, name: str) -> PodReport:
    """Start a pod. Members that run already are left alone; one that fails does not keep the others down.

    Raises NotFound, WrongState, and what starting the infra container raises; a failed init container ends it all.
    """
    session.enter_namespaces()
    fix(session)
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id)
        _prepare_cgroup(session, pod)
        pending: list[Connection] = []
        if pod.infra_id:
            start_in_background(session, pod.infra_id, pending=pending)
        crash_point("pod-start:infra")
        if any(each.init_kind for each in pod.workers):
            _complete(session, pod, pending)
        _run_init_containers(session, pod)
        errors: dict[str, PycmanError] = {}
        for wave in waves(session, [each for each in pod.workers if each.init_kind in ("", SIDECAR)]):
            errors |= _on_members(session, wave, lambda each: start_in_background(session, each))
        _complete(session, pod, pending)
        crash_point("pod-start:members")
        if pod.exit_policy == "stop":
            stop_if_over(session, pod.id)
    events.append(session.db, "pod", "start", pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _complete(session: Session, pod: Pod, pending: list[Connection]) -> None:
    """Wait for what the network still lacked when members could be made; if that fails, none of them goes on."""
    try:
        while pending:
            pending.pop().complete()
    except PycmanError:
        for each in (*pod.workers, *(each for each in pod.members if each.is_infra)):
            stop_container(session, each.id, timeout_s=0)
        raise


def _prepare_cgroup(session: Session, pod: Pod) -> None:
    """Set the pod's limits, where this host can."""
    spec_text = session.db.value("SELECT spec FROM pods WHERE id = ?", (pod.id,))
    resources = parse_json(spec_text).get("resources")
    if not resources:
        return
    from pycman.spec.resources import Resources

    limits = Resources.from_dict(resources)
    host = host_facts(session, limits)
    if host.cgroups == "none" or not pod.cgroup.endswith(pod.id):
        session.warnings.append(f"pod {pod.name}: limits cannot be set on this host; pycman doctor says why")
        return
    make_parent(pod.cgroup, limits_object(limits, host.device_numbers))


def _run_init_containers(session: Session, pod: Pod) -> None:
    """Run init containers in the order they were made, unless the pod runs already; sidecars among them are only waited for
    until they have started (their startup probe has passed). Raises RuntimeFailed.
    """
    if any(each.running for each in pod.workers):
        return
    for each in pod.workers:
        if not each.init_kind:
            continue
        start_in_background(session, each.id)
        if each.init_kind == SIDECAR:
            _wait_started(session, each)
            continue
        status = wait_container(session, each.id)
        if status:
            raise RuntimeFailed(
                f"init container {each.name} ended with status {status}",
                subject=f"pod {pod.name}",
                hint=f"see pycman logs {each.name}",
            )
        if each.init_kind == "once":
            remove_container(session, each.id, force=True)


def _wait_started(session: Session, sidecar: Container) -> None:
    """Wait until a sidecar's startup probe has passed. Raises RuntimeFailed if it ends and is not started again."""
    while session.db.value(
        "SELECT 1 FROM probes WHERE container_id = ? AND kind = 'startup' AND passed != 1", (sidecar.id,)
    ):
        state = states.state_of(row_of(session, sidecar.id))
        if state not in (*states.ALIVE, states.RESTARTING):
            raise RuntimeFailed(f"sidecar {sidecar.name} ended before it had started", subject=sidecar.name)
        time.sleep(_POLL_S)


def waves(session: Session, members: Sequence[Container]) -> list[list[Container]]:
    """Return members in groups that can be started at once: those whose namespaces others of them use come first."""
    needs: dict[str, set[str]] = {each.id: set() for each in members}
    for row in session.db.rows("SELECT container_id, needed_id FROM container_needs"):
        if row["container_id"] in needs and row["needed_id"] in needs:
            needs[row["container_id"]].add(row["needed_id"])
    found: list[list[Container]] = []
    left = list(members)
    while left:
        wave = [each for each in left if not needs[each.id]] or left
        found.append(wave)
        done = {each.id for each in wave}
        left = [each for each in left if each.id not in done]
        for wanted in needs.values():
            wanted -= done
    return found


def stop_pod(session: Session, name: str, *, timeout_s: int | None = None) -> PodReport:
    """Stop a pod: its members side by side, the infra container last. Stopping a stopped one is fine."""
    session.enter_namespaces()
    fix(session)
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id)
        errors: dict[str, PycmanError] = {}
        sidecars = [[each] for each in pod.workers if each.init_kind == SIDECAR]
        others = waves(session, [each for each in pod.workers if each.init_kind != SIDECAR])
        for wave in reversed([*sidecars, *others]):
            errors |= _on_members(session, wave, lambda each: stop_container(session, each, timeout_s=timeout_s))
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
    """Send a signal to the first process of every member that runs."""
    return _on_running(session, name, "kill", lambda each: kill_container(session, each, signal=signal))


def pause_pod(session: Session, name: str) -> PodReport:
    """Freeze every member that runs."""
    return _on_running(session, name, "pause", lambda each: pause_container(session, each))


def unpause_pod(session: Session, name: str) -> PodReport:
    """Thaw every member that is paused."""
    return _on_running(session, name, "unpause", lambda each: unpause_container(session, each), state=states.PAUSED)


def _on_running(
    session: Session, name: str, action: str, verb: Callable[[str], object], *, state: str = states.RUNNING
) -> PodReport:
    session.enter_namespaces()
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id)
        members = [each for each in pod.members if each.state == state and each.pid]
        if not members:
            raise WrongState(f"no container of the pod is {state}", subject=name)
        errors = _on_members(session, members, verb)
    events.append(session.db, "pod", action, pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _on_members(
    session: Session, members: Sequence[Container], verb: Callable[[str], object]
) -> dict[str, PycmanError]:
    """Do `verb` for each member and return the errors by the members' names."""

    def work(container_id: str) -> None:
        verb(container_id)

    names = {each.id: each.name for each in members}
    _, errors = try_side_by_side(session, list(names), work)
    return {names[container_id]: error for container_id, error in errors.items()}
