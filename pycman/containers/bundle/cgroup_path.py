"""The cgroup of a container as the OCI runtime is told of it, the parents of those that name none, and the one it really has."""

from __future__ import annotations

from pycman.linux.cgroup.setup import own_group
from pycman.spec.cgroup_names import default_slice, manager_root, payload, pod_slice, slice_name, slice_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.runtime.bundle_input import HostFacts
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def runtime_path(session: Session, spec: ContainerSpec, container_id: str, host: HostFacts) -> str:
    """Return the container's "cgroupsPath": a path below the root of the hierarchy, or SLICE:PREFIX:NAME for systemd (crun(1))."""
    if spec.cgroups == "split":
        return f"{own_group().removesuffix('/supervisor')}/{payload(container_id)}"
    if host.cgroup_manager == "systemd":
        return f"{container_slice(session, spec)}:pycman:{container_id}"
    return cgroupfs_path(session, spec, container_id)


def cgroupfs_path(session: Session, spec: ContainerSpec, container_id: str) -> str:
    """Return the path of the cgroup that a runtime with cgroupfs makes for a container, below the root of each hierarchy."""
    parent = spec.cgroup_parent or default_parent(session)
    return f"{parent.rstrip('/') or ''}/pycman-{container_id}"


def container_slice(session: Session, spec: ContainerSpec) -> str:
    """Return the name of the slice that a container and its monitor are in."""
    return slice_name(spec.cgroup_parent) if spec.cgroup_parent else default_slice(rootless=session.rootless)


def default_parent(session: Session) -> str:
    """Return the parent of cgroups that cgroupfs makes for containers and pods that do not set --cgroup-parent."""
    return "/pycman" if not session.rootless else f"/pycman-{session.user.uid}"


def remove_default_parent(session: Session, container_id: str = "") -> None:
    """Remove the default parent of cgroupfs if no container but `container_id`, which has ended, is in it.

    A start that has begun keeps it: it is in the database long before the runtime makes the container's cgroup.
    """
    others = "SELECT 1 FROM containers WHERE boot_id != '' AND id != ? LIMIT 1"
    if session.db.value(others, (container_id,)) is None:
        from pycman.linux.cgroup.parent import remove_empty_group  # only imported for the last container

        remove_empty_group(default_parent(session))


def pod_slice_path(session: Session, parent: str, pod_id: str) -> str:
    """Return the path of a pod's own slice below the slice `parent` ("" is the default one), or with no `pod_id` of that slice."""
    name = slice_name(parent) if parent else default_slice(rootless=session.rootless)
    own = pod_slice(name, pod_id) if pod_id else name
    return f"{manager_root(session.user.uid, rootless=session.rootless)}/{slice_path(own)}"


def present_path(row: Mapping[str, Any]) -> str:
    """Return the path of the cgroup that a running container has, as the kernel says it; "" if it has none of its own."""
    from pycman.linux.cgroup.group import path_of_container  # only imported for running containers

    return path_of_container(row["pid"], f"pycman-{row['id']}") if row["pid"] else ""
