"""Describe a pod as podman's `pod inspect` does, from its row, spec and members."""

from __future__ import annotations

from pods.catalogue import get_pod, get_row, spec_of
from pycman.containers.cleanup.termination_message import last_message
from pycman.containers.inspect.network_settings import port_bindings
from pycman.spec.cgroup_names import is_slice, slice_name
from pycman.spec.port import PortMapping, merge_twins
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pods.catalogue import Pod
    from pycman.spec.pod import PodSpec
    from pycman.state.session import Session


def inspect_pod(session: Session, name: str) -> dict[str, Any]:
    """Return all details of a pod under podman's names. Raises NotFound."""
    pod = get_pod(session, name)
    spec = spec_of(get_row(session, pod.id))
    details: dict[str, Any] = {
        "Id": pod.id,
        "Name": pod.name,
        "Namespace": "",
        "Created": format_rfc3339(pod.created_at_ns),
        "CreateCommand": list(spec.create_command),
        "ExitPolicy": pod.exit_policy,
        "State": pod.state.capitalize(),
        "Hostname": spec.hostname,
        "Labels": dict(pod.labels) or None,
        "Annotations": dict(spec.annotations) or None,
        "CreateCgroup": spec.share_parent,
        "CgroupParent": spec.cgroup_parent or _parent(pod.cgroup),
        "CgroupPath": pod.cgroup.lstrip("/") if is_slice(pod.cgroup) else pod.cgroup,
        "CreateInfra": spec.infra,
        "InfraContainerID": pod.infra_id,
        "InfraConfig": _infra_config(pod, spec) if spec.infra else None,
        "SharedNamespaces": list(spec.share) if spec.infra else None,
        "NumContainers": len(pod.members),
        "Containers": [
            {"Id": member.id, "Name": member.name, "State": member.state, **_message(session, member.id)}
            for member in pod.members
        ],
        "LockNumber": 0,
        "ManagedBy": pod.managed_by,
    }
    if spec.restart is not None:
        details["RestartPolicy"] = spec.restart.name
    return details | _limits(spec)


def _parent(cgroup: str) -> str:
    """Return the parent of a pod's own cgroup: a path, or the name of a slice."""
    parent = cgroup.rpartition("/")[0]
    return slice_name(parent) if is_slice(parent) else parent


def _message(session: Session, container_id: str) -> dict[str, str]:
    """Return the termination message of a member's last run as {"Message": …}, or nothing."""
    message = last_message(session, container_id)
    return {"Message": message} if message else {}


def _infra_config(pod: Pod, spec: PodSpec) -> dict[str, Any]:
    infra = next((member for member in pod.members if member.is_infra), None)
    bindings = port_bindings(merge_twins([PortMapping.from_dict(dict(port)) for port in infra.ports])) if infra else {}
    bindings = {
        key: [{**port, "HostIp": port["HostIp"] or "0.0.0.0"} for port in ports]  # noqa: S104 - podman's word for any
        for key, ports in bindings.items()
    }
    attachments = spec.network.attachments
    return {
        "PortBindings": bindings,
        "HostNetwork": spec.network.kind == "host",
        "StaticIP": next((attachment.ipv4 for attachment in attachments if attachment.ipv4), ""),
        "StaticMAC": next((attachment.mac_address for attachment in attachments if attachment.mac_address), ""),
        "NoManageResolvConf": False,
        "DNSServer": list(spec.dns) or None,
        "DNSSearch": list(spec.dns_search) or None,
        "DNSOption": list(spec.dns_options) or None,
        "NoManageHosts": bool(spec.no_hosts),
        "HostsFile": spec.base_hosts,
        "NoManageHostname": spec.no_hostname,
        "HostAdd": list(spec.extra_hosts) or None,
        "Networks": list(infra.networks) if infra and infra.networks else None,
        "NetworkOptions": None,
        "pid_ns": spec.pid_mode.kind or "private",
        "userns": spec.user_mode.kind or "host",
        "uts_ns": spec.uts_mode.kind or "private",
    }


def _limits(spec: PodSpec) -> dict[str, Any]:
    """Return limits, mounts, devices and security options that are set, under podman's names."""
    limits = spec.resources
    fields = {
        "cpu_shares": limits.cpu_shares,
        "cpu_period": limits.cpu_period_us,
        "cpu_quota": limits.cpu_quota_us,
        "cpuset_cpus": limits.cpuset_cpus,
        "cpuset_mems": limits.cpuset_mems,
        "memory_limit": limits.memory_bytes,
        "memory_swap": limits.memory_swap_bytes,
        "blkio_weight": limits.blkio_weight,
        "security_opt": [f"label={label_option}" for label_option in spec.security.label_options],
        "volumes_from": list(spec.volumes_from),
        "mounts": [
            {"Type": mount.kind, "Source": mount.source, "Destination": mount.target, "RW": not mount.read_only}
            for mount in spec.mounts
        ],
        "devices": [
            {
                "PathOnHost": device.host_path,
                "PathInContainer": device.container_path,
                "CgroupPermissions": device.permissions,
            }
            for device in spec.devices
        ],
    }
    return {name: value for name, value in fields.items() if value}
