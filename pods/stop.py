"""Stop a pod: members side by side, those that use the namespaces of others first, then sidecars, and the infra container last."""

from __future__ import annotations

import time

from pods.catalogue import Pod, get_pod
from pods.on_members import SIDECAR, PodReport, on_members, waves
from pods.recover import recover_pods
from pycman.containers.bundle.pod_group import release_pod_group
from pycman.containers.end.service_end import after_pod_end
from pycman.containers.end.stop import import_for_members, stop_container
from pycman.containers.end.stop_together import stop_together
from pycman.errors import PycmanError
from pycman.plan import crash_point
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pycman.containers.container import Container
    from pycman.state.session import Session


_MOST_AT_ONCE = 64
"""How many members are stopped side by side: they only wait for the end of their grace period, which is the pod's."""


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

        import_for_members()
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
    is_hooked = "SELECT 1 FROM containers WHERE id = ? AND instr(spec, '\"pre_stop\"')"
    if any(session.db.value(is_hooked, (member.id,)) for member in members):

        def stop(container_id: str) -> None:
            stop_container(session, container_id, timeout_s=timeout_s, late_s=late_s)

        return on_members(session, members, stop, width=_MOST_AT_ONCE)
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
