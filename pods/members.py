"""Make a container's spec a pod member's: shared namespaces, cgroup parent, mounts, devices. Pure but for `sandbox_of`."""

from __future__ import annotations

from pods.catalogue import get_row, spec_of
from pods.infra import manager_of
from pycman.containers.mounts.steps import pod_volume
from pycman.errors import InvalidInput, WrongState
from pycman.record import Record
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.network_attachment import NetworkMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.mount import Mount
    from pycman.spec.pod import PodSpec
    from pycman.state.session import Session

_MODES = {"ipc": "ipc_mode", "pid": "pid_mode", "user": "user_mode", "uts": "uts_mode", "cgroup": "cgroup_mode"}


class Sandbox(Record):
    """What a member gets from its pod; `infra_id` is "" for a pod without an infra container."""

    pod_id: str
    pod_name: str
    infra_id: str
    cgroup: str
    spec: PodSpec
    volumes: dict[str, str] = {}
    """The pod's own volumes: their paths on the host, by name."""


def sandbox_of(session: Session, name: str) -> Sandbox:
    """Return the sandbox of the pod with this name, id or prefix. Raises NotFound, WrongState (it is being removed)."""
    row = get_row(session, name)
    if row["row_state"] == "removing":
        raise WrongState("the pod is being removed", subject=name)
    infra = session.db.value("SELECT id FROM containers WHERE pod_id = ? AND is_infra = 1", (row["id"],))
    spec = spec_of(row)
    infra_id = str(infra or "")
    return Sandbox(
        pod_id=row["id"],
        pod_name=row["name"],
        infra_id=infra_id,
        cgroup=row["cgroup"],
        spec=spec,
        volumes={
            volume.name: pod_volume(session, row["id"], volume.name, infra_id=infra_id if volume.memory else "")
            for volume in spec.volumes
        },
    )


def member_spec(sandbox: Sandbox, spec: ContainerSpec) -> ContainerSpec:
    """Return `spec` as a member of the pod.

    Raises InvalidInput for what only the pod can have: ports, networks, host name and name servers of shared namespaces.
    """
    pod = sandbox.spec
    shared = set(pod.share) if sandbox.infra_id else set()
    _refuse(sandbox, spec, shared)
    changes: dict[str, Any] = {
        "pod_id": sandbox.pod_id,
        "mounts": tuple(_resolved(sandbox, mount) for mount in _with_pods_mounts(spec, pod)),
        "volumes_from": (*spec.volumes_from, *pod.volumes_from),
        "devices": (*spec.devices, *pod.devices),
        "oci_runtime": spec.oci_runtime or pod.oci_runtime,
        "conf_defaults": spec.conf_defaults and pod.conf_defaults,
    }
    if spec.systemd_size_bytes is None:
        changes["systemd_size_bytes"] = pod.systemd_size_bytes
    if sandbox.cgroup and not spec.cgroup_parent:
        changes |= {"cgroup_parent": sandbox.cgroup, "cgroup_manager": manager_of(sandbox.cgroup)}
    if pod.restart is not None and spec.restart.name == "no" and not spec.auto_remove and not spec.init_kind:
        changes["restart"] = pod.restart
    if pod.security != Security() and spec.security == Security():
        changes["security"] = pod.security
    if "net" in shared and spec.network.kind in ("", "private"):
        changes["network"] = NetworkMode(kind="container", value=sandbox.infra_id)
        changes |= {"no_hosts": spec.no_hosts or pod.no_hosts, "no_hostname": spec.no_hostname or pod.no_hostname}
    for kind, field in _MODES.items():
        if kind in shared and getattr(spec, field).kind == "":
            # an infra container that has the host's namespace has none to join, and a pinned one no files of it
            of_host = getattr(pod, field, None) == NamespaceMode(kind="host")
            changes[field] = NamespaceMode(
                kind="host" if of_host else "container", value="" if of_host else sandbox.infra_id
            )
    if spec.user_mode.kind == "" and "user" not in shared and (pod.user_mode.kind or pod.id_map.uids):
        changes["user_mode"] = NamespaceMode(kind="container", value=sandbox.infra_id)
    return spec.replace(**changes)


def _refuse(sandbox: Sandbox, spec: ContainerSpec, shared: set[str]) -> None:
    """Raise InvalidInput if a member sets what the namespaces it shares with the pod already decide."""
    where = f"pod {sandbox.pod_name}"
    if "net" in shared and spec.network.kind in ("", "private", "bridge"):
        if spec.ports or spec.publish_all:
            raise InvalidInput(
                f"ports of members are published by {where}", subject="-p", hint="use it with pod create"
            )
        if spec.network.kind == "bridge":
            raise InvalidInput(
                f"members are on the networks of {where}", subject="--network", hint="use it with pod create"
            )
        for value, flag in ((spec.dns, "--dns"), (spec.extra_hosts, "--add-host")):
            if value:
                raise InvalidInput(
                    f"members share these files with {where}", subject=flag, hint="use it with pod create"
                )
    if "uts" in shared and spec.hostname and spec.uts_mode.kind == "":
        raise InvalidInput(
            f"members have the host name of {where}",
            subject="--hostname",
            hint="use it with pod create, or use --uts private",
            code="member-with-hostname",
        )


def _resolved(sandbox: Sandbox, mount: Mount) -> Mount:
    """Return a mount of one of the pod's volumes as a bind mount; other mounts unchanged. Raises InvalidInput."""
    if mount.kind != "pod":
        return mount
    source = sandbox.volumes.get(mount.source)
    if source is None:
        raise InvalidInput(f"pod {sandbox.pod_name} has no such volume", subject=mount.source)
    return mount.replace(kind="bind", source=source, create_source=True)


def _with_pods_mounts(spec: ContainerSpec, pod: PodSpec) -> tuple[Any, ...]:
    """Return the member's mounts, and those of the pod whose targets they do not use."""
    own = {mount.target for mount in spec.mounts}
    return (*spec.mounts, *(mount for mount in pod.mounts if mount.target not in own))
