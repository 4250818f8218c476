"""The "resources" and "devices" of a runtime spec (config-linux.md, "Control groups", "Devices"). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.resources import parse_device_rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.runtime.bundle_input import BundleInput
    from pycman.spec.resources import DeviceRate, Resources


_ALL_PIDS = 1 << 22
"""The kernel's PID_MAX_LIMIT, written for "no limit": crun 1.8 passes the specification's -1 to the kernel, which refuses it."""


def resources_object(inputs: BundleInput) -> dict[str, Any]:
    """Return limits and device rules; {} if the container has no cgroup of its own."""
    if inputs.host.cgroups == "none" or inputs.spec.cgroups == "disabled":
        return {}
    resources = limits_object(_limiting(inputs.spec.resources), inputs.host.device_numbers)
    resources["devices"] = _device_rules(inputs)
    return resources


def _limiting(limits: Resources) -> Resources:
    """Return the limits without those that say "no limit" (0, -1): a new cgroup has none."""
    changes = {
        field: None
        for field in ("memory_bytes", "memory_reservation_bytes", "cpu_quota_us", "pids_limit")
        if (getattr(limits, field) or 0) <= 0
    }
    return limits.replace(**changes)


def limits_object(limits: Resources, device_numbers: Mapping[str, str]) -> dict[str, Any]:
    """Return memory, cpu, pids, blockIO and huge page limits in the form of the runtime spec, which `update -r` reads too.

    A limit of 0 or below lifts the one that there is.
    """
    result: dict[str, Any] = {}
    memory = {
        "limit": _or_unlimited(limits.memory_bytes),
        "swap": _swap(limits),
        "reservation": _or_unlimited(limits.memory_reservation_bytes),
        "swappiness": limits.memory_swappiness if limits.memory_swappiness not in (None, -1) else None,
        "kernel": limits.kernel_memory_bytes or None,
        "disableOOMKiller": limits.oom_kill_disable or None,
    }
    cpu = {
        "shares": limits.cpu_shares or None,
        "period": limits.cpu_period_us or None,
        "quota": _or_unlimited(limits.cpu_quota_us),
        "realtimePeriod": limits.cpu_rt_period_us or None,
        "realtimeRuntime": limits.cpu_rt_runtime_us or None,
        "cpus": limits.cpuset_cpus or None,
        "mems": limits.cpuset_mems or None,
    }
    for name, part in (("memory", memory), ("cpu", cpu), ("blockIO", _block_io(limits, device_numbers))):
        members = {key: value for key, value in part.items() if value is not None}
        if members:
            result[name] = members
    if limits.pids_limit is not None:
        result["pids"] = {"limit": limits.pids_limit if limits.pids_limit > 0 else _ALL_PIDS}
    if limits.huge_pages:
        result["hugepageLimits"] = [{"pageSize": size, "limit": limit} for size, limit in limits.huge_pages.items()]
    if limits.unified:
        result["unified"] = dict(limits.unified)
    return result


def _or_unlimited(limit: int | None) -> int | None:
    return limit if limit is None or limit > 0 else -1


def _swap(limits: Resources) -> int | None:
    """Return memory plus swap in bytes: as requested, else twice the memory limit (docker's rule); -1 is unlimited."""
    if limits.memory_swap_bytes:
        return limits.memory_swap_bytes
    if limits.memory_bytes is None:
        return None
    return limits.memory_bytes * 2 if limits.memory_bytes > 0 else -1


def _block_io(limits: Resources, numbers: Mapping[str, str]) -> dict[str, Any]:
    def rates(entries: tuple[DeviceRate, ...], key: str = "rate") -> list[dict[str, int]] | None:
        devices = []
        for entry in entries:
            if entry.path not in numbers:
                raise InvalidInput("no such block device", subject=entry.path)
            major, _, minor = numbers[entry.path].partition(":")
            devices.append({"major": int(major), "minor": int(minor), key: entry.rate})
        return devices or None

    return {
        "weight": limits.blkio_weight or None,
        "weightDevice": rates(limits.blkio_weight_device, "weight"),
        "throttleReadBpsDevice": rates(limits.device_read_bps),
        "throttleWriteBpsDevice": rates(limits.device_write_bps),
        "throttleReadIOPSDevice": rates(limits.device_read_iops),
        "throttleWriteIOPSDevice": rates(limits.device_write_iops),
    }


def _device_rules(inputs: BundleInput) -> list[dict[str, Any]]:
    if inputs.spec.security.privileged:
        return [{"allow": True, "access": "rwm"}]
    rules: list[dict[str, Any]] = [{"allow": False, "access": "rwm"}]
    rules += [
        {"allow": True, "type": device.kind, "major": device.major, "minor": device.minor, "access": device.permissions}
        for device in inputs.devices
    ]
    return rules + [parse_device_rule(text) for text in inputs.spec.resources.device_cgroup_rules]


def device_nodes(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return the device nodes for the runtime to create; none in a user namespace, where they are bound (mounts.py)."""
    if inputs.host.rootless or "user" in inputs.namespaces:
        return []
    return [
        {
            "path": device.path, "type": device.kind, "major": device.major, "minor": device.minor,
            "fileMode": device.mode, "uid": device.uid, "gid": device.gid,
        }
        for device in inputs.devices
    ]  # fmt: skip
