"""Limits of the OCI runtime-spec as properties of a unit of systemd (systemd.resource-control(5); crun and runc convert alike). Pure."""

from __future__ import annotations

from pycman.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NO_LIMIT = (1 << 64) - 1
_PERIOD_US = 100_000
_SECOND_US = 1_000_000
_QUOTA_STEP_US = 10_000
"""systemd keeps quotas in steps of 1 % of a processor: others are rounded up, as an unlucky reload would round them."""
_RATES = {
    "throttleReadBpsDevice": "IOReadBandwidthMax", "throttleWriteBpsDevice": "IOWriteBandwidthMax",
    "throttleReadIOPSDevice": "IOReadIOPSMax", "throttleWriteIOPSDevice": "IOWriteIOPSMax",
}  # fmt: skip


def cpu_weight(shares: int) -> int:
    """Return the weight of cgroup v2 (1 to 10000) for shares of v1 (2 to 262144), by the formula of runc and of kubelets."""
    return 1 + ((max(2, min(shares, 262144)) - 2) * 9999) // 262142


def io_weight(weight: int) -> int:
    """Return the weight of cgroup v2's io (1 to 10000) for a weight of v1's blkio (10 to 1000)."""
    return 1 + ((max(10, min(weight, 1000)) - 10) * 9999) // 990


def quota_per_second(quota_us: int, period_us: int) -> int:
    """Return CPUQuotaPerSecUSec for a quota in a period (0 is the kernel's default); without a quota no limit."""
    if quota_us <= 0:
        return NO_LIMIT
    per_second = quota_us * _SECOND_US // (period_us or _PERIOD_US)
    return per_second + -per_second % _QUOTA_STEP_US


def cpu_mask(text: str, subject: str) -> bytes:
    """Return a list of processors or memory nodes ("0-2,5") as the bit mask in bytes that AllowedCPUs has. Raises Unavailable."""
    mask = 0
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or int(last or first) > 8191:
            raise Unavailable("not a list of processors or memory nodes", subject=subject)
        for number in range(int(first), int(last or first) + 1):
            mask |= 1 << number
    return mask.to_bytes(max(1, (mask.bit_length() + 7) // 8), "little")


def unit_properties(limits: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    """Return the properties (name, signature, value) for limits in the form of `linux.resources`. Raises Unavailable for others."""
    found: list[tuple[str, str, Any]] = []
    memory, cpu = limits.get("memory", {}), limits.get("cpu", {})
    for part, values in limits.items():
        for key, value in values.items():
            if part == "memory" and key == "limit":
                found.append(("MemoryMax", "t", _or_none(value)))
            elif part == "memory" and key == "swap":
                swap = value if value < 0 else max(0, value - max(0, memory.get("limit", 0)))
                found.append(("MemorySwapMax", "t", _or_none(swap)))
            elif part == "memory" and key == "reservation":
                found.append(("MemoryLow", "t", max(0, value)))
            elif part == "cpu" and key == "shares":
                found.append(("CPUWeight", "t", cpu_weight(value)))
            elif part == "cpu" and key == "quota":
                period = cpu.get("period", 0)
                found.append(("CPUQuotaPerSecUSec", "t", quota_per_second(value, period)))
                found += [("CPUQuotaPeriodUSec", "t", period)] if period else []
            elif part == "cpu" and key in ("cpus", "mems"):
                name = {"cpus": "AllowedCPUs", "mems": "AllowedMemoryNodes"}[key]
                found.append((name, "ay", list(cpu_mask(value, f"cpuset {key} {value}"))))
            elif (part, key) == ("blockIO", "weight"):
                found.append(("IOWeight", "t", io_weight(value)))
            elif part == "blockIO" and key in _RATES:
                found.append((_RATES[key], "a(st)", [_device_rate(one) for one in value]))
            elif (part, key) == ("pids", "limit"):
                found.append(("TasksMax", "t", _or_none(value)))
            elif (part, key) != ("cpu", "period"):
                raise Unavailable(f"{part} {key} cannot be limited by systemd", subject="cgroup")
    return found


def _device_rate(one: Mapping[str, int]) -> tuple[str, int]:
    return f"/dev/block/{one['major']}:{one['minor']}", one["rate"]


def _or_none(limit: int) -> int:
    return NO_LIMIT if limit < 0 else limit
