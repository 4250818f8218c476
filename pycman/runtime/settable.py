"""Limits that this host's cgroups can set: the others are discarded with a warning each, as docker and podman do."""

from __future__ import annotations

from pycman.linux.cgroup.setup import has_v1_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from pycman.spec.resources import Resources

_V1_FILES: Mapping[str, tuple[str, str]] = {
    "memory_bytes": ("memory", "memory.limit_in_bytes"),
    "memory_swap_bytes": ("memory", "memory.memsw.limit_in_bytes"),
    "memory_reservation_bytes": ("memory", "memory.soft_limit_in_bytes"),
    "memory_swappiness": ("memory", "memory.swappiness"),
    "oom_kill_disable": ("memory", "memory.oom_control"),
    "cpu_shares": ("cpu", "cpu.shares"),
    "cpu_period_us": ("cpu", "cpu.cfs_period_us"),
    "cpu_quota_us": ("cpu", "cpu.cfs_quota_us"),
    "cpu_rt_period_us": ("cpu", "cpu.rt_period_us"),
    "cpu_rt_runtime_us": ("cpu", "cpu.rt_runtime_us"),
    "cpuset_cpus": ("cpuset", "cpuset.cpus"),
    "cpuset_mems": ("cpuset", "cpuset.mems"),
    "pids_limit": ("pids", ""),
    "blkio_weight": ("blkio", "blkio.weight"),
    "blkio_weight_device": ("blkio", "blkio.weight_device"),
    "device_read_bps": ("blkio", "blkio.throttle.read_bps_device"),
    "device_write_bps": ("blkio", "blkio.throttle.write_bps_device"),
    "device_read_iops": ("blkio", "blkio.throttle.read_iops_device"),
    "device_write_iops": ("blkio", "blkio.throttle.write_iops_device"),
}
"""Fields of Resources, and controller and file of cgroup v1 (Documentation/admin-guide/cgroup-v1)."""
_V2_CONTROLLERS = {"blkio": "io"}
_ONLY_V1 = ("memory_swappiness", "oom_kill_disable", "cpu_rt_period_us", "cpu_rt_runtime_us")
"""What cgroup v2 has no file for."""
_FLAGS = {
    "memory_bytes": "--memory", "memory_swap_bytes": "--memory-swap", "memory_reservation_bytes": "--memory-reservation",
    "cpu_period_us": "--cpu-period", "cpu_quota_us": "--cpu-quota", "cpu_rt_period_us": "--cpu-rt-period",
    "cpu_rt_runtime_us": "--cpu-rt-runtime",
}  # fmt: skip


_DROP_IN = "/etc/systemd/system/user@.service.d"
_ALL_CONTROLLERS = "[Service]\\nDelegate=cpu cpuset io memory pids\\n"
DELEGATE = (
    f"to delegate all controllers, as root: mkdir -p {_DROP_IN}; printf '{_ALL_CONTROLLERS}' >{_DROP_IN}/delegate.conf",
    "then, as root: systemctl daemon-reload; and log in again",
)
"""What an administrator does for users of cgroup v2 (systemd.resource-control(5), Delegate=)."""


def settable(
    limits: Resources, kind: str, controllers: Collection[str], *, rootless: bool = False
) -> tuple[Resources, list[str]]:
    """Return the limits without those that the host cannot set, a warning for each of these, and `DELEGATE` where that helps.

    `kind` is the host's cgroup version, v1 or v2; with "none" all are kept: `warn_of_limits` tells about them at once.
    """
    if kind not in ("v1", "v2"):
        return limits, []
    changes: dict[str, Any] = {}
    warnings: list[str] = []
    delegation: tuple[str, ...] = ()
    for field in limits.__dict__:
        default = getattr(type(limits), field, None)
        if field not in _V1_FILES or getattr(limits, field) == default or _can_set(field, kind, controllers):
            continue
        changes[field] = default
        flag = _FLAGS.get(field, f"--{field.replace('_', '-')}")
        if rootless and kind == "v2" and field not in _ONLY_V1:
            warnings.append(
                f"{flag} is discarded: the cgroup controller {_v2_controller(field)} is not delegated to this user"
            )
            delegation = DELEGATE
        else:
            warnings.append(
                f"{flag} is discarded: the kernel does not support it, or its cgroup controller is not mounted"
            )
    return (limits.replace(**changes) if changes else limits), [*warnings, *delegation]


def _v2_controller(field: str) -> str:
    controller = _V1_FILES[field][0]
    return _V2_CONTROLLERS.get(controller, controller)


def _can_set(field: str, kind: str, controllers: Collection[str]) -> bool:
    controller, file = _V1_FILES[field]
    if kind == "v2":
        return field not in _ONLY_V1 and _v2_controller(field) in controllers
    return has_v1_file(controller, file)
