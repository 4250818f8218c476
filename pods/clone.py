"""Create a copy of a pod and of its members (podman's pod clone)."""

from __future__ import annotations

from pods.catalogue import get_pod, get_row, spec_of
from pods.create import create_pod
from pods.members import member_spec, sandbox_of
from pods.remove import remove_pod
from pods.start import start_pod
from pycman.containers.catalogue import row_of
from pycman.containers.catalogue import spec_of as container_spec_of
from pycman.containers.create.create import create_container
from pycman.errors import PycmanError
from pycman.record import Record
from pycman.spec.container import ContainerSpec, NamespaceMode
from pycman.spec.network_attachment import NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_MODES = ("pid_mode", "ipc_mode", "uts_mode", "cgroup_mode", "user_mode")


class CloneChanges(Record):
    """How the copy differs: its name ("" is NAME-clone), and fields of PodSpec by name."""

    name: str = ""
    fields: dict[str, Any] = {}


def clone_pod(session: Session, name: str, changes: CloneChanges, *, start: bool = False, destroy: bool = False) -> str:
    """Copy the pod `name` and return the new pod's id; `destroy` removes the original, `start` starts the copy.

    If a step fails before the original is removed, the copy is removed again. Raises what creating and starting pods raises.
    """
    session.enter_namespaces()
    pod = get_pod(session, name)
    spec = spec_of(get_row(session, pod.id)).replace(infra_name="", infra_conmon_pid_file="", **changes.fields)
    new_id = create_pod(session, spec.replace(name=changes.name or f"{pod.name}-clone"))
    try:
        sandbox = sandbox_of(session, new_id)
        for member in pod.workers:
            old = container_spec_of(row_of(session, member.id))
            create_container(
                session, member_spec(sandbox, _without_pod(old, pod.infra_id)).replace(name=f"{old.name}-clone")
            )
        if destroy:
            remove_pod(session, pod.id, force=True)
        if start:
            start_pod(session, new_id)
    except PycmanError:
        if not destroy:
            remove_pod(session, new_id, force=True, timeout_s=0)
        raise
    return new_id


def _without_pod(spec: ContainerSpec, infra_id: str) -> ContainerSpec:
    """Return a member's spec without the namespaces, network and cgroup of its old pod."""
    changes: dict[str, Any] = {field: NamespaceMode() for field in _MODES if getattr(spec, field).value == infra_id}
    if spec.network.value == infra_id:
        changes["network"] = NetworkMode(kind="")
    return spec.replace(**changes, pod_id="", cgroup_parent="", cgroup_manager="")
