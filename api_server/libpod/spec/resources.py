"""Limits in podman's specs: LinuxResources of the runtime-spec (config-linux.md), devices' rates, rlimits. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.resources import DeviceRate, Resources, Ulimit, parse_ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_RATES = (
    ("weightDevice", "weight", "blkio_weight_device"), ("throttleReadBpsDevice", "rate", "device_read_bps"),
    ("throttleWriteBpsDevice", "rate", "device_write_bps"), ("throttleReadIOPSDevice", "rate", "device_read_iops"),
    ("throttleWriteIOPSDevice", "rate", "device_write_iops"),
)  # fmt: skip
"""podman's names, the name of the number in an entry, ours."""
_UNLIMITED = (1 << 63) - 1


def resources_of(fields: Fields, rates: Mapping[str, Any], unified: Mapping[str, str]) -> Resources:
    """Return the limits of a LinuxResources; `rates` are those of devices. Raises InvalidInput, Unsupported."""
    cpu, memory, pids, block = (fields.below(name) for name in ("cpu", "memory", "pids", "blockIO"))
    swappiness = memory.number("swappiness") if memory.given("swappiness") else None
    resources = Resources(
        memory_bytes=memory.number("limit") or None,
        memory_swap_bytes=memory.number("swap") or None,
        memory_reservation_bytes=memory.number("reservation") or None,
        memory_swappiness=None if swappiness == -1 else swappiness,
        kernel_memory_bytes=memory.number("kernel") or None,
        oom_kill_disable=memory.switch("disableOOMKiller"),
        cpu_shares=cpu.number("shares") or None,
        cpu_period_us=cpu.number("period") or None,
        cpu_quota_us=cpu.number("quota") or None,
        cpu_rt_period_us=cpu.number("realtimePeriod") or None,
        cpu_rt_runtime_us=cpu.number("realtimeRuntime") or None,
        cpuset_cpus=cpu.text("cpus"),
        cpuset_mems=cpu.text("mems"),
        pids_limit=pids.number("limit") or None,
        blkio_weight=block.number("weight") or None,
        huge_pages=_huge_pages(fields),
        unified={**fields.pairs("unified"), **unified},
        **{**rates, "device_cgroup_rules": (*rates.get("device_cgroup_rules", ()), *_rules_below(fields))},
    )
    for name in ("memory", "memory.reservation"):
        value = resources.memory_bytes if name == "memory" else resources.memory_reservation_bytes
        if value is not None and value < 0:
            raise InvalidInput("it is negative", subject=fields.path(name))
    memory.ignore(("swappiness", "useHierarchy", "checkBeforeUpdate"))
    for below in (cpu, memory, pids, block, fields):
        below.finish()
    return resources


def _huge_pages(fields: Fields) -> dict[str, int]:
    pages = {}
    for entry in fields.entries("hugepageLimits"):
        limit = Fields(entry, fields.path("hugepageLimits"))
        pages[limit.text("pageSize")] = limit.number("limit")
    return pages


def _rules_below(fields: Fields) -> tuple[str, ...]:
    return _device_rules(fields.entries("devices"), fields.path("devices"))


def _device_rules(entries: list[Any], place: str) -> tuple[str, ...]:
    """Return rules of devices as the engine has them: "c 1:3 rwm", "*" for any number. Raises Unsupported for denials."""
    rules = []
    for entry in entries:
        rule = Fields(entry, place)
        if not rule.switch("allow"):
            raise Unsupported("devices are denied unless allowed", subject=f"{place}.allow", hint="leave it out")
        numbers = [str(rule.number(name)) if _numbered(rule, name) else "*" for name in ("major", "minor")]
        rules.append(f"{rule.text('type') or 'a'} {':'.join(numbers)} {rule.text('access') or 'rwm'}")
        rule.finish()
    return tuple(rules)


def _numbered(rule: Fields, name: str) -> bool:
    return rule.given(name) and rule.number(name) >= 0


def device_rates(fields: Fields) -> dict[str, Any]:
    """Return the limits of devices in a spec (objects by path), and its rules, as fields of Resources. Raises InvalidInput."""
    values: dict[str, Any] = {}
    for name, number, ours in _RATES:
        values[ours] = tuple(
            _rate(path, Fields(entry, f"{name}.{path[:40]}"), number) for path, entry in fields.mapping(name).items()
        )
    rules = _device_rules(fields.entries("device_cgroup_rule"), "device_cgroup_rule")
    found = {name: value for name, value in values.items() if value}
    return {**found, "device_cgroup_rules": rules} if rules else found


def _rate(path: str, entry: Fields, number: str) -> DeviceRate:
    if not path.startswith("/") or not entry.given(number) or entry.number(number) < 0:
        raise InvalidInput(f"it has no path of a device and {number}", subject=entry.path(number))
    entry.ignore(("major", "minor", "leafWeight", "path"))
    rate = DeviceRate(path=path, rate=entry.number(number))
    entry.finish()
    return rate


_UPDATE_RATES = (
    ("BlkIOWeightDevice", "Weight", "blkio_weight_device"), ("DeviceReadBPs", "Rate", "device_read_bps"),
    ("DeviceWriteBPs", "Rate", "device_write_bps"), ("DeviceReadIOPs", "Rate", "device_read_iops"),
    ("DeviceWriteIOPs", "Rate", "device_write_iops"),
)  # fmt: skip


def update_rates(fields: Fields) -> dict[str, Any]:
    """Return the limits of devices in the body of an update (lists), as fields of Resources. Raises InvalidInput."""
    values: dict[str, Any] = {}
    for name, number, ours in _UPDATE_RATES:
        rates = []
        for entry in fields.entries(name):
            below = Fields(entry, name)
            rates.append(_rate(below.text("Path"), below, number))
        if rates:
            values[ours] = tuple(rates)
    return values


def ulimits_of(fields: Fields) -> tuple[Ulimit, ...]:
    """Return r_limits; a negative number, or one above 63 bits, is no limit. Raises InvalidInput."""
    limits = []
    for entry in fields.entries("r_limits"):
        limit = Fields(entry, "r_limits")
        name = limit.text("type").lower().removeprefix("rlimit_")
        soft, hard = (_limit(limit.number(each)) for each in ("soft", "hard"))
        limits.append(parse_ulimit(f"{name}={soft}:{hard}"))
        limit.finish()
    return tuple(limits)


def _limit(number: int) -> int:
    return -1 if number < 0 or number > _UNLIMITED else number
