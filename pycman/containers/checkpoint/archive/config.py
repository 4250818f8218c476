"""config.dump: a container as podman's own configuration has it (the JSON of libpod's ContainerConfig)."""

from __future__ import annotations

from pycman.network.podman_shape import port_object
from pycman.spec.signals import signal_number
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec, NamespaceMode

_SHARED = (
    ("ipcNsCtr", "ipc_mode"), ("pidNsCtr", "pid_mode"), ("utsNsCtr", "uts_mode"), ("cgroupNsCtr", "cgroup_mode"),
    ("userNsCtr", "user_mode"),
)  # fmt: skip
_DEFAULT_SHM_BYTES = 64 << 20


def config_dump(row: Mapping[str, Any], spec: ContainerSpec, *, infra_id: str) -> dict[str, Any]:
    """Return the description of a container. Namespaces that it has of another container are told by that one's id. Pure."""
    network = spec.network
    config: dict[str, Any] = {
        "id": row["id"],
        "name": row["name"],
        "pod": row["pod_id"],
        "lockID": 0,
        "CreateCommand": list(spec.create_command),
        "RawImageName": row["image_name"],
        "rootfsImageName": row["image_name"],
        "rootfsImageID": row["image_id"].removeprefix("sha256:"),
        "idMappingsOptions": {"HostUIDMapping": True, "HostGIDMapping": True, "UIDMap": None, "GIDMap": None},
        "shmSize": _DEFAULT_SHM_BYTES if spec.shm_size_bytes is None else spec.shm_size_bytes,
        "namedVolumes": [
            {
                "volumeName": mount.source,
                "dest": mount.target,
                "options": _options(mount.options, read_only=mount.read_only),
            }
            for mount in spec.mounts
            if mount.kind == "volume" and mount.source
        ],
        "mounts": [mount.target for mount in spec.mounts if mount.kind == "bind"],
        "privileged": bool(spec.security.privileged),
        "user": spec.user,
        "groups": list(spec.group_add),
        "createNetNS": network.kind not in ("host", "container", "path"),
        "networkMode": _network_mode(network.kind),
        "newPortMappings": [port_object(port) for port in spec.ports],
        "hostsAdd": list(spec.extra_hosts),
        "dnsSearch": list(spec.dns_search),
        "dnsServer": list(spec.dns),
        "dnsOption": list(spec.dns_options),
        "newNetworks": {
            attachment.name: {
                "interface_name": attachment.interface_name or f"eth{number}",
                "aliases": list(attachment.aliases),
                "static_ips": [text for text in (attachment.ipv4, attachment.ipv6) if text],
                **({"static_mac": attachment.mac_address} if attachment.mac_address else {}),
            }
            for number, attachment in enumerate(network.attachments)
        },
        "entrypoint": list(spec.entrypoint or ()),
        "command": list(spec.command),
        "stdin": spec.stdin,
        "labels": dict(spec.labels),
        "stopSignal": signal_number(spec.stop_signal or "SIGTERM"),
        "stopTimeout": spec.stop_timeout_s or 0,
        "timeout": spec.timeout_s,
        "createdTime": format_rfc3339(row["created_at_ns"]),
        "cgroupManager": spec.cgroup_manager or "cgroupfs",
        "cgroupParent": "" if row["pod_id"] else spec.cgroup_parent,
        "logDriver": spec.log.driver,
        "logSize": spec.log.max_size_bytes,
        "restart_policy": spec.restart.name,
        "restart_retries": spec.restart.maximum_retries,
        "runtime": row["oci_runtime"],
        "timezone": spec.timezone,
        "umask": spec.umask,
        "createWorkingDir": True,
        "healthcheck_on_failure_action": 0,
        "kubeExitCodePropagation": 0,
    }
    if network.kind == "container":
        config["netNsCtr"] = network.value
    for key, field in _SHARED:
        mode: NamespaceMode = getattr(spec, field)
        if mode.kind == "container":
            config[key] = mode.value
    others = {config.get(key, "") for key, _ in (*_SHARED, ("netNsCtr", ""))} - {"", infra_id}
    if others or spec.requires:
        config["dependencies"] = sorted(others | set(spec.requires))
    return config


def _options(options: tuple[str, ...], *, read_only: bool) -> list[str]:
    return [*options, *(["ro"] if read_only and "ro" not in options else [])]


def _network_mode(kind: str) -> str:
    return kind if kind in ("host", "none", "bridge") else "bridge" if kind == "private" else kind
