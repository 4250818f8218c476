"""Remove a pod: mark its row "removing", remove members side by side, then infra container, cgroup, files and row."""

from __future__ import annotations

from pods.catalogue import get_pod, get_row
from pods.side_by_side import side_by_side
from pycman.containers import states
from pycman.containers.bundle.pod_group import release_pod_group
from pycman.containers.end.remove import remove_container
from pycman.containers.end.remove_together import remove_together
from pycman.containers.end.service_pods import pods_of_service, service_of
from pycman.errors import InUse, NotFound, PycmanError, WrongState
from pycman.linux.files import remove_tree
from pycman.plan import crash_point
from pycman.state import events, owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pods.catalogue import Pod
    from pycman.state.session import Session


_MOST_AT_ONCE = 64


class PodManaged(InUse):
    """The pod is managed by another program (a kubelet), and `force` was not set."""

    reference = "pod-managed"


def remove_pod(session: Session, name: str, *, force: bool = False, timeout_s: int | None = None) -> str:
    """Remove a pod with all its members and return its id; `force` also stops running ones.

    Without `force` it raises WrongState (members run) and PodManaged. Raises NotFound.
    """
    session.enter_namespaces()
    pod_id = get_pod(session, name).id
    with session.lock("pod", pod_id):
        pod = get_pod(session, pod_id, typed=name)  # another command may have started it, or removed it
        if not force:
            _refuse(pod, name)
        session.db.change("UPDATE pods SET row_state = 'removing', owner = ? WHERE id = ?", (owners.me(), pod.id))
        crash_point("pod-rm:marked")
        remove_marked(session, pod.id, timeout_s=timeout_s)
    return pod.id


def _refuse(pod: Pod, name: str) -> None:
    """Raise PodManaged, or WrongState if members run."""
    if pod.managed_by:
        raise PodManaged(f"the pod is managed by {pod.managed_by}", subject=name, hint="use -f to remove it anyway")
    running = [worker.name for worker in pod.workers if worker.state in states.ALIVE]
    if running:
        raise WrongState(
            f"containers of the pod are running: {', '.join(running)}",
            subject=name,
            hint=f"run pycman pod stop {name} first, or use -f",
            code="pod-is-running",
            facts={"containers": ", ".join(running)},
        )


def remove_marked(session: Session, pod_id: str, *, timeout_s: int | None = None) -> None:
    """Remove all of a pod whose row is "removing", or "creating" with a dead creator. The caller holds the pod's lock.

    By this row recovery finds all of it: so nothing after it waits for the disk.
    """
    row = get_row(session, pod_id)
    session.db.settle()
    members = session.db.rows(
        "SELECT id, is_infra FROM containers WHERE pod_id = ? ORDER BY created_at_ns DESC", (pod_id,)
    )

    def remove(container_id: str, *, durable: bool = False) -> None:
        try:
            remove_container(
                session, container_id, force=True, volumes=True, timeout_s=timeout_s, depend=True, with_pod=True,
                durable=durable,
            )  # fmt: skip
        except NotFound:
            return

    infra = [member["id"] for member in members if member["is_infra"]]
    left = [member["id"] for member in members if not member["is_infra"]]
    left = remove_together(session, [*left, *infra], volumes=True)  # those that have ended
    # all others at once, as each may need the pod's whole grace period
    side_by_side(session, [one for one in left if one not in infra], remove, width=_MOST_AT_ONCE)
    crash_point("pod-rm:members")
    for container_id in left:
        if container_id in infra:
            remove(container_id)
    crash_point("pod-rm:infra")
    release_pod_group(session, pod_id, row["cgroup"], end=True)
    remove_tree(session.paths.pod(pod_id))
    service_id = service_of(session, pod_id)
    with session.db.transaction(durable=False):
        session.db.change("DELETE FROM pods WHERE id = ?", (pod_id,))
        events.append(session.db, "pod", "remove", pod_id, name=row["name"])
    remove_tree(session.paths.lock("pod", pod_id))
    if service_id and not pods_of_service(session, service_id):
        remove(service_id, durable=True)  # no row of a pod announces it any more
        remove_tree(session.paths.lock("service", service_id))


def discard(session: Session, pod_id: str) -> None:
    """Remove a pod whose creation failed or was killed. Errors are dropped, because the caller raises the first one."""
    try:
        with session.lock("pod", pod_id):
            remove_marked(session, pod_id, timeout_s=0)
    except PycmanError:
        return
