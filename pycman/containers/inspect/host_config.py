"""The "HostConfig" object of inspect: limits, namespaces, mounts, devices and security options. Pure."""

from __future__ import annotations

from pycman.containers.inspect.network_settings import port_bindings
from pycman.runtime.defaults import closed_paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec, NamespaceMode
    from pycman.spec.network_attachment import NetworkMode
    from pycman.spec.resources import DeviceRate, Resources

_SHM_BYTES = 64 * 1024 * 1024
_PERIOD_US = 100_000
"""The kernel's default of cpu.cfs_period_us."""


def host_config_object(row: Mapping[str, Any], spec: ContainerSpec, *, log_path: str = "") -> dict[str, Any]:
    """Return "HostConfig" with docker's and podman's field names together; `log_path` is "" without a log file."""
    return {
        **_lifecycle(row, spec, log_path),
        **_mounts_and_network(spec),
        **_namespaces(spec),
        **_security(spec),
        **_limits(spec.resources),
        "OomScoreAdj": spec.oom_score_adj or 0,
        "Ulimits": [{"Name": ulimit.name, "Soft": ulimit.soft, "Hard": ulimit.hard} for ulimit in spec.ulimits],
        "CgroupParent": spec.cgroup_parent,
        "Cgroups": "default" if spec.cgroups in ("", "enabled") else spec.cgroups,
        "CgroupManager": "systemd" if spec.cgroup_manager == "systemd" else "cgroupfs",
        "CgroupConf": dict(spec.resources.unified) or None,
        "IntelRdtClosID": "",
    }


def decimal_size(size_bytes: int) -> str:
    """Return a size in decimal units with four digits ("1.047MB"), as podman's LogConfig.Size is (go-units, HumanSize)."""
    size = float(size_bytes)
    units = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
    number = 0
    while size >= 1000 and number < len(units) - 1:
        size, number = size / 1000, number + 1
    return f"{size:.4g}{units[number]}"


def _lifecycle(row: Mapping[str, Any], spec: ContainerSpec, log_path: str) -> dict[str, Any]:
    log = {"max-size": str(spec.log.max_size_bytes)} if spec.log.max_size_bytes > 0 else {}
    return {
        "ContainerIDFile": spec.id_file,
        "LogConfig": {
            "Type": "json-file" if spec.log.options.get("driver") == "json-file" else spec.log.driver,
            "Config": {**log, **spec.log.options} or None,
            "Path": log_path,
            "Tag": spec.log.tag,
            "Size": decimal_size(max(spec.log.max_size_bytes, 0)),
        },
        "RestartPolicy": {"Name": spec.restart.name, "MaximumRetryCount": spec.restart.maximum_retries},
        "AutoRemove": spec.auto_remove,
        "AutoRemoveImage": spec.auto_remove_image,
        "Annotations": dict(spec.annotations) or None,
        "Init": bool(spec.init),
        "Runtime": spec.oci_runtime or row["oci_runtime"],
        "ConsoleSize": [0, 0],
        "Isolation": "",
        "StorageOpt": None,
        "DiskQuota": 0,
    }


def _mounts_and_network(spec: ContainerSpec) -> dict[str, Any]:
    binds = [
        f"{mount.source}:{mount.target}:{','.join(_bind_options(mount.options, read_only=mount.read_only))}"
        for mount in spec.mounts
        if mount.kind in ("bind", "volume") and not mount.from_image
    ]
    return {
        "Binds": binds or None,
        "Mounts": None,
        "VolumeDriver": "",
        "VolumesFrom": list(spec.volumes_from) or None,
        "Tmpfs": {mount.target: ",".join(mount.options) for mount in spec.mounts if mount.kind == "tmpfs"},
        "ShmSize": _SHM_BYTES if spec.shm_size_bytes is None else spec.shm_size_bytes,
        "Devices": [
            {
                "PathOnHost": device.host_path,
                "PathInContainer": device.container_path,
                "CgroupPermissions": device.permissions,
            }
            for device in spec.devices
        ],
        "DeviceCgroupRules": list(spec.resources.device_cgroup_rules) or None,
        "DeviceRequests": None,
        "PortBindings": port_bindings(spec.ports),
        "PublishAllPorts": spec.publish_all,
        "NetworkMode": network_mode_text(spec.network),
        "Links": None,
        "Dns": list(spec.dns),
        "DnsOptions": list(spec.dns_options),
        "DnsSearch": list(spec.dns_search),
        "ExtraHosts": list(spec.extra_hosts),
        "HostsFile": spec.base_hosts,
    }


def _bind_options(options: tuple[str, ...], *, read_only: bool) -> list[str]:
    return [*(option for option in options if option not in ("rw", "ro")), "ro" if read_only else "rw"]


def _namespaces(spec: ContainerSpec) -> dict[str, Any]:
    id_map = spec.id_map
    cgroup = mode_text(spec.cgroup_mode)
    return {
        "IpcMode": mode_text(spec.ipc_mode) or "shareable",
        "PidMode": mode_text(spec.pid_mode),
        "UTSMode": mode_text(spec.uts_mode),
        "UsernsMode": mode_text(spec.user_mode),
        "CgroupMode": cgroup or "private",
        "CgroupnsMode": cgroup or "private",
        "Cgroup": "",
        "IDMappings": {
            "UidMap": [f"{uid.container_id}:{uid.host_id}:{uid.size}" for uid in id_map.uids],
            "GidMap": [f"{gid.container_id}:{gid.host_id}:{gid.size}" for gid in id_map.gids],
        }
        if id_map.uids
        else None,
        "GroupAdd": list(spec.group_add),
        "Sysctls": dict(spec.sysctls),
    }


def _security(spec: ContainerSpec) -> dict[str, Any]:
    security = spec.security
    options = [f"label={option}" for option in security.label_options]
    if security.no_new_privileges:
        options.append("no-new-privileges")
    if security.seccomp_profile:
        options.append(f"seccomp={security.seccomp_profile}")
    if security.apparmor_profile:
        options.append(f"apparmor={security.apparmor_profile}")
    closed = closed_paths(security)
    options += [f"mask={path}" for path in security.mask] + [f"unmask={path}" for path in security.unmask]
    return {
        "Privileged": bool(security.privileged),
        "ReadonlyRootfs": bool(security.read_only),
        "CapAdd": [_capability(name) for name in security.cap_add],
        "CapDrop": [_capability(name) for name in security.cap_drop],
        "SecurityOpt": options,
        "MaskedPaths": closed.get("maskedPaths"),
        "ReadonlyPaths": closed.get("readonlyPaths"),
    }


def _capability(name: str) -> str:
    """Return a capability as docker and podman keep it: CAP_NET_ADMIN; ALL stays."""
    plain = name.upper().removeprefix("CAP_")
    return plain if plain == "ALL" else f"CAP_{plain}"


def _limits(limits: Resources) -> dict[str, Any]:
    quota, period = limits.cpu_quota_us or 0, limits.cpu_period_us or 0
    return {
        "Memory": limits.memory_bytes or 0,
        "MemoryReservation": limits.memory_reservation_bytes or 0,
        "MemorySwap": limits.memory_swap_bytes or max(0, 2 * (limits.memory_bytes or 0)),
        "MemorySwappiness": -1 if limits.memory_swappiness is None else limits.memory_swappiness,
        "KernelMemory": limits.kernel_memory_bytes or 0,
        "OomKillDisable": limits.oom_kill_disable,
        "CpuShares": limits.cpu_shares or 0,
        "CpuPeriod": period,
        "CpuQuota": quota,
        "NanoCpus": quota * 1_000_000_000 // (period or _PERIOD_US) if quota > 0 else 0,
        "CpuRealtimePeriod": limits.cpu_rt_period_us or 0,
        "CpuRealtimeRuntime": limits.cpu_rt_runtime_us or 0,
        "CpusetCpus": limits.cpuset_cpus,
        "CpusetMems": limits.cpuset_mems,
        "CpuCount": 0,
        "CpuPercent": 0,
        "IOMaximumIOps": 0,
        "IOMaximumBandwidth": 0,
        "PidsLimit": limits.pids_limit or 0,
        "BlkioWeight": limits.blkio_weight or 0,
        "BlkioWeightDevice": _rates(limits.blkio_weight_device, "Weight"),
        "BlkioDeviceReadBps": _rates(limits.device_read_bps, "Rate"),
        "BlkioDeviceWriteBps": _rates(limits.device_write_bps, "Rate"),
        "BlkioDeviceReadIOps": _rates(limits.device_read_iops, "Rate"),
        "BlkioDeviceWriteIOps": _rates(limits.device_write_iops, "Rate"),
    }


def _rates(rates: tuple[DeviceRate, ...], name: str) -> list[dict[str, Any]] | None:
    return [{"Path": rate.path, name: rate.rate} for rate in rates] or None


def mode_text(mode: NamespaceMode) -> str:
    """Return a namespace mode as --pid, --userns, … take it: "host", "container:ID", "keep-id:uid=1"."""
    return f"{mode.kind}:{mode.value}" if mode.value else mode.kind


def network_mode_text(mode: NetworkMode) -> str:
    """Return a network mode as --network takes it: "bridge" (the default network), a network's name, "container:ID"."""
    if mode.kind == "bridge" and mode.value == "default":
        return "bridge"
    if mode.attachments:
        return mode.attachments[0].name
    if mode.kind == "path":
        return f"ns:{mode.value}"
    return f"{mode.kind}:{mode.value}" if mode.value else mode.kind
