"""Start, stop, restart, kill, pause and unpause whole pods.

Start: the infra container, then init containers (init_containers.py), then the others in waves: those whose
namespaces others use come first, and the members of a wave are started side by side. Stop: the other way round.
"""

from __future__ import annotations

import time

from pods.catalogue import Pod, get_pod
from pods.init_containers import SIDECAR, InitFailed, has_ended, run_init_containers
from pods.recover import recover_pods
from pods.side_by_side import try_side_by_side
from pycman.containers import states
from pycman.containers.bundle.pod_group import prepare_pod_group, release_pod_group
from pycman.containers.change.pause import pause_container, unpause_container
from pycman.containers.end.kill import kill_container
from pycman.containers.end.pod_end import stop_if_over
from pycman.containers.end.service_end import after_pod_end
from pycman.containers.end.service_pods import service_of
from pycman.containers.end.stop import import_for_members as import_for_ends
from pycman.containers.end.stop import stop_container
from pycman.containers.end.stop_together import stop_together
from pycman.containers.start.start import import_for_members, start_in_background
from pycman.errors import PycmanError, WrongState
from pycman.plan import crash_point
from pycman.record import Record
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pycman.containers.container import Container
    from pycman.containers.networks.connection import Connection
    from pycman.state.session import Session


_MOST_AT_ONCE = 64
"""How many members are stopped side by side: they only wait for the end of their grace period, which is the pod's."""


class PodReport(Record):
    """The result of a verb on a pod: its id, and the errors of members that failed, by their names.

    `pending` is the id of the init container after whose end the start goes on, "" if the pod was started.
    """

    pod_id: str
    errors: Mapping[str, PycmanError] = {}
    pending: str = ""


def start_pod(session: Session, name: str, *, wait_s: float | None = None, goes_on: bool = False) -> PodReport:
    """Start a pod. Members that already run are left alone; one that fails does not prevent the others from starting.

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
            report = _start_locked(session, pod, until)
        # whose end came while the lock was still held found the pod in good hands, and did not go on
        if not report.pending or not has_ended(session, pod, report.pending):
            return report


def _start_locked(session: Session, pod: Pod, until: float | None) -> PodReport:
    if not prepare_pod_group(session, pod.id, tell=True):
        session.warnings.append(f"pod {pod.name}: limits cannot be set on this host; run pycman doctor")
    pending: list[Connection] = []
    service_id = service_of(session, pod.id)
    if service_id:
        start_in_background(session, service_id)
    if pod.infra_id:
        start_in_background(session, pod.infra_id, pending=pending)
    crash_point("pod-start:infra")
    if any(worker.init_kind for worker in pod.workers):
        _wait_for_network(session, pod, pending)
        try:
            left = run_init_containers(session, pod, until=until)
        except InitFailed:
            if pod.exit_policy == "stop":
                stop_if_over(session, pod.id)
            raise
        if left:
            return PodReport(pod_id=pod.id, pending=left)
    errors: dict[str, PycmanError] = {}
    import_for_members()
    for wave in waves(session, [worker for worker in pod.workers if worker.init_kind in ("", SIDECAR)]):
        errors |= _on_members(session, wave, lambda container_id: start_in_background(session, container_id))
    _wait_for_network(session, pod, pending)
    crash_point("pod-start:members")
    if pod.exit_policy == "stop" and pod.workers:  # an empty pod waits for its first member, as a unit of systemd does
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
    """Stop a pod: members side by side, then sidecars in reverse order, then the infra container. A stopped pod is no error.

    The grace period is the pod's: what those before have used of it those after them do not get again; when it is over, all that are
    left are stopped at once.
    """
    session.enter_namespaces()
    recover_pods(session)
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id, typed=name)
        errors: dict[str, PycmanError] = {}
        began = time.monotonic()
        grace_s = _grace_s(session, pod) if timeout_s is None else timeout_s

        def stop(group: Sequence[Container], sandbox_id: str) -> dict[str, PycmanError]:
            late_s = time.monotonic() - began
            return _stop_members(session, group, timeout_s=timeout_s, late_s=late_s, sandbox_id=sandbox_id)

        import_for_ends()
        all_at_once = pod.workers if _end_at_once(session, pod) else ()
        if all_at_once:
            errors = stop(all_at_once, pod.infra_id)
        else:
            for group in _in_order_of_stop(session, pod, lambda: 0 <= grace_s <= time.monotonic() - began):
                errors |= stop(group, "")
        crash_point("pod-stop:members")
        if pod.infra_id:
            stop_container(session, pod.infra_id)
        if not errors:
            release_pod_group(session, pod.id, pod.cgroup)
        after_pod_end(session, pod.id)
    events.append(session.db, "pod", "stop", pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _end_at_once(session: Session, pod: Pod) -> bool:
    """Say whether all members are stopped together, and then a sandbox without a process of its own."""
    if any(worker.init_kind == SIDECAR for worker in pod.workers) or len(waves(session, pod.workers)) > 1:
        return False
    return any(member.pinned for member in pod.members)


def _stop_members(
    session: Session, members: Sequence[Container], *, timeout_s: int | None, late_s: float, sandbox_id: str
) -> dict[str, PycmanError]:
    """Stop members side by side, and after the last of them the pinned sandbox `sandbox_id`, if that is given; return errors by name.

    Those with a preStop hook have a process each meanwhile: nobody knows how long a hook takes.
    """
    hooked = (
        {
            row["id"]
            for row in session.db.rows(
                "SELECT id FROM containers WHERE pod_id = ? AND instr(spec, '\"pre_stop\"')", (members[0].pod_id,)
            )
        }
        if members
        else set()
    )
    if any(member.id in hooked for member in members):

        def stop(container_id: str) -> None:
            stop_container(session, container_id, timeout_s=timeout_s, late_s=late_s)

        return _on_members(session, members, stop, width=_MOST_AT_ONCE)
    names = {member.id: member.name for member in members}
    errors = stop_together(session, list(names), timeout_s=timeout_s, late_s=late_s, sandbox_id=sandbox_id)
    return {names.get(container_id, container_id[:12]): error for container_id, error in errors.items()}


def _in_order_of_stop(session: Session, pod: Pod, is_late: Callable[[], bool]) -> Iterator[list[Container]]:
    """Yield groups of members to stop side by side: sidecars come last, one by one while there is time for that."""
    sidecars = [worker for worker in pod.workers if worker.init_kind == SIDECAR]
    yield from reversed(waves(session, [worker for worker in pod.workers if worker.init_kind != SIDECAR]))
    while sidecars:
        count = len(sidecars) if is_late() else 1
        yield sidecars[-count:]
        del sidecars[-count:]


def _grace_s(session: Session, pod: Pod) -> int:
    """Return the longest stop timeout of a pod's members, in seconds."""
    longest = session.db.value(
        "SELECT MAX(json_extract(spec, '$.stop_timeout_s')) FROM containers WHERE pod_id = ? AND is_infra = 0",
        (pod.id,),
    )
    return int(longest or 0)


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
        pod = get_pod(session, pod.id, typed=name)
        members = [member for member in pod.members if member.state == state and member.pid]
        if not members:
            raise WrongState(
                f"no container of the pod is {state}", subject=name, hint="pycman pod ps --ctr-status lists them"
            )
        errors = _on_members(session, members, verb)
    events.append(session.db, "pod", action, pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)


def _on_members(
    session: Session, members: Sequence[Container], verb: Callable[[str], object], *, width: int = 0
) -> dict[str, PycmanError]:
    """Do `verb` for each member, `width` at once (0: some more than there are processors); return the errors by the members' names."""

    def work(container_id: str) -> None:
        verb(container_id)

    names = {member.id: member.name for member in members}
    _, errors = try_side_by_side(session, list(names), work, width=width)
    return {names[container_id]: error for container_id, error in errors.items()}
