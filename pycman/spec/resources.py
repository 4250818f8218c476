"""Limits: cgroup controllers and rlimits. None always means: not asked for."""

from __future__ import annotations

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Ulimit(Record):
    """One rlimit; `name` as in "nofile"; -1 is unlimited."""

    name: str
    soft: int
    hard: int


class DeviceRate(Record):
    """A throttle or weight of one block device: bytes or operations a second, or a weight of 10 to 1000."""

    path: str
    rate: int


class Resources(Record):
    """What a container may use of the machine (runtime-spec, config-linux.md, "Control groups")."""

    memory_bytes: int | None = None
    memory_swap_bytes: int | None = None
    memory_reservation_bytes: int | None = None
    memory_swappiness: int | None = None
    kernel_memory_bytes: int | None = None
    oom_kill_disable: bool = False
    cpu_shares: int | None = None
    cpu_period_us: int | None = None
    cpu_quota_us: int | None = None
    cpu_rt_period_us: int | None = None
    cpu_rt_runtime_us: int | None = None
    cpuset_cpus: str = ""
    cpuset_mems: str = ""
    pids_limit: int | None = None
    blkio_weight: int | None = None
    blkio_weight_device: tuple[DeviceRate, ...] = ()
    device_read_bps: tuple[DeviceRate, ...] = ()
    device_write_bps: tuple[DeviceRate, ...] = ()
    device_read_iops: tuple[DeviceRate, ...] = ()
    device_write_iops: tuple[DeviceRate, ...] = ()
    device_cgroup_rules: tuple[str, ...] = ()
    unified: Mapping[str, str] = {}
