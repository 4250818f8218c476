"""The spec of a container that is to be created again, with other values (podman's container clone)."""

from __future__ import annotations

from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.change.update import merge_resources
from pycman.spec.container import ContainerSpec, NamespaceMode
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

_MODES = ("pid_mode", "ipc_mode", "uts_mode", "cgroup_mode", "user_mode")


def spec_for_clone(
    session: Session, name: str, *, new_name: str = "", image: str = "", resources: Resources | None = None
) -> ContainerSpec:
    """Return the spec of a container under another name ("": NAME-clone, NAME-clone1, …), outside of its pod.

    `image` "" is its own; limits that `resources` does not have are its own. Raises NotFound, InvalidInput.
    """
    row = get_row(session, name)
    old = spec_of(row)
    changes: dict[str, Any] = {"name": new_name or _free_name(session, row["name"])}
    if image:
        changes |= {"image": image, "rootfs": ""}
    infra = _infra_id(session, old)
    changes |= {field: NamespaceMode() for field in _MODES if infra and getattr(old, field).value == infra}
    if infra and old.network.value == infra:
        changes["network"] = NetworkMode(kind="")
    if old.pod_id:
        changes |= {"pod_id": "", "cgroup_parent": "", "cgroup_manager": ""}
    return old.replace(**changes, resources=merge_resources(old.resources, resources or Resources()))


def _infra_id(session: Session, spec: ContainerSpec) -> str:
    """Return the id of the infra container of a member's pod, "" outside of pods."""
    if not spec.pod_id:
        return ""
    infra = session.db.value("SELECT id FROM containers WHERE pod_id = ? AND is_infra = 1", (spec.pod_id,))
    return str(infra or "")


def _free_name(session: Session, name: str) -> str:
    number = 0
    while True:
        candidate = f"{name}-clone{number or ''}"
        if session.db.value("SELECT 1 FROM containers WHERE name = ?", (candidate,)) is None:
            return candidate
        number += 1
