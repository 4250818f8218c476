"""The "resources" and "devices" of a runtime spec (config-linux.md, "Control groups", "Devices"). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.runtime.bundle_input import BundleInput
    from pycman.spec.resources import DeviceRate, Resources


_ALL_PIDS = 1 << 22
"""The kernel's most (PID_MAX_LIMIT) stands for no limit: crun 1.8 writes the -1 of the specification as it is, which fails."""


def resources_object(inputs: BundleInput) -> dict[str, Any]:
    """Return limits and device rules; {} where the host cannot enforce any."""
    if inputs.host.cgroups == "none" or inputs.spec.cgroups == "disabled":
        return {}
    found = limits_object(inputs.spec.resources, inputs.host.device_numbers)
    if (inputs.spec.resources.pids_limit or 0) <= 0:
        found.pop("pids", None)  # a new cgroup has no limit
    found["devices"] = _device_rules(inputs)
    return found


def limits_object(limits: Resources, device_numbers: Mapping[str, str]) -> dict[str, Any]:
    """Return memory, cpu, pids, blockIO and huge page limits as the runtime spec (and `update -r`) has them."""
    found: dict[str, Any] = {}
    memory = {
        "limit": limits.memory_bytes or None,
        "swap": _swap(limits),
        "reservation": limits.memory_reservation_bytes or None,
        "swappiness": limits.memory_swappiness if limits.memory_swappiness not in (None, -1) else None,
        "kernel": limits.kernel_memory_bytes or None,
        "disableOOMKiller": limits.oom_kill_disable or None,
    }
    cpu = {
        "shares": limits.cpu_shares or None,
        "period": limits.cpu_period_us or None,
        "quota": limits.cpu_quota_us or None,
        "realtimePeriod": limits.cpu_rt_period_us or None,
        "realtimeRuntime": limits.cpu_rt_runtime_us or None,
        "cpus": limits.cpuset_cpus or None,
        "mems": limits.cpuset_mems or None,
    }
    for name, part in (("memory", memory), ("cpu", cpu), ("blockIO", _block_io(limits, device_numbers))):
        given = {key: value for key, value in part.items() if value is not None}
        if given:
            found[name] = given
    if limits.pids_limit is not None:
        found["pids"] = {"limit": limits.pids_limit if limits.pids_limit > 0 else _ALL_PIDS}
    if limits.huge_pages:
        found["hugepageLimits"] = [{"pageSize": size, "limit": most} for size, most in limits.huge_pages.items()]
    if limits.unified:
        found["unified"] = dict(limits.unified)
    return found


def _swap(limits: Resources) -> int | None:
    """Return memory plus swap: as asked for, else twice the memory limit (docker's rule)."""
    if limits.memory_swap_bytes:
        return limits.memory_swap_bytes
    return limits.memory_bytes * 2 if limits.memory_bytes and limits.memory_bytes > 0 else None


def _block_io(limits: Resources, numbers: Mapping[str, str]) -> dict[str, Any]:
    def rates(entries: tuple[DeviceRate, ...], key: str = "rate") -> list[dict[str, int]] | None:
        found = []
        for entry in entries:
            if entry.path not in numbers:
                raise InvalidInput("no such block device", subject=entry.path)
            major, _, minor = numbers[entry.path].partition(":")
            found.append({"major": int(major), "minor": int(minor), key: entry.rate})
        return found or None

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
    return rules + [_custom_rule(text) for text in inputs.spec.resources.device_cgroup_rules]


def _custom_rule(text: str) -> dict[str, Any]:
    """Return a rule such as "c 10:200 rwm" or "a *:* r" (cgroup v1's devices.allow)."""
    words = text.split()
    numbers = words[1].split(":") if len(words) == 3 else []
    if len(numbers) != 2 or words[0] not in "abc" or not set(words[2]) <= set("rwm"):
        raise InvalidInput("not a device rule", subject=text, hint="write it as in: c 10:200 rwm")
    rule: dict[str, Any] = {"allow": True, "type": words[0], "access": words[2]}
    for name, number in zip(("major", "minor"), numbers, strict=True):
        if number != "*":
            if not number.isdecimal():
                raise InvalidInput("not a device number", subject=text)
            rule[name] = int(number)
    return rule


def device_nodes(inputs: BundleInput) -> list[dict[str, Any]]:
    """Return the nodes the runtime shall make; in a user namespace they are bound instead (mounts.py)."""
    if inputs.host.rootless or "user" in inputs.namespaces:
        return []
    return [
        {
            "path": device.path, "type": device.kind, "major": device.major, "minor": device.minor,
            "fileMode": device.mode, "uid": device.uid, "gid": device.gid,
        }
        for device in inputs.devices
    ]  # fmt: skip
