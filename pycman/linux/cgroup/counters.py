"""Counters and limits of a control group, from v1 and v2 alike (cgroups(7); the kernel's cgroup-v1/*.rst, cgroup-v2.rst, psi.rst).

A controller is read from its v1 directory, else from that of v2, so that hybrid hosts report everything they have. Times are ns, sizes
bytes. None stands for what this host does not count, and for a limit that is not set.
"""

from __future__ import annotations

import os

from pycman.linux.cgroup.group import Group, keyed, read_file, read_limit, read_number
from pycman.record import Record


class MemoryUse(Record):
    """The memory that a cgroup uses now. Page faults are counted since its creation."""

    usage_bytes: int = 0
    inactive_file_bytes: int = 0
    rss_bytes: int = 0
    cache_bytes: int = 0
    mapped_bytes: int = 0
    kernel_bytes: int | None = None
    swap_bytes: int | None = None
    page_faults: int = 0
    major_page_faults: int = 0
    limit_bytes: int | None = None

    @property
    def working_set_bytes(self) -> int:
        """Return the memory that the kernel cannot reclaim by dropping inactive clean pages, as kubelet counts it."""
        return max(0, self.usage_bytes - self.inactive_file_bytes)


class MemoryHistory(Record):
    """Highest memory use of a cgroup so far, how often it reached its limit, and how many processes the OOM killer ended."""

    max_usage_bytes: int | None = None
    limit_hits: int = 0
    oom_kills: int = 0


class CpuUse(Record):
    """CPU time since the creation of a cgroup, and how often and how long its quota throttled it."""

    usage_ns: int = 0
    user_ns: int = 0
    system_ns: int = 0
    periods: int = 0
    throttled_periods: int = 0
    throttled_ns: int = 0


class DeviceIo(Record):
    """Bytes and operations read from and written to a block device, `device` as MAJOR:MINOR."""

    device: str
    read_bytes: int = 0
    write_bytes: int = 0
    reads: int = 0
    writes: int = 0


class GroupLimits(Record):
    """Limits of a cgroup. `cpu_shares` are those of v1 (2 to 262144), converted where v2 has weights."""

    cpu_period_us: int = 0
    cpu_quota_us: int | None = None
    cpu_shares: int = 0
    memory_bytes: int | None = None
    memory_reservation_bytes: int | None = None
    swap_bytes: int | None = None


class Stall(Record):
    """How long tasks waited for a resource in all, and in percent of the last 10, 60 and 300 s."""

    total_ns: int = 0
    average_10: float = 0.0
    average_60: float = 0.0
    average_300: float = 0.0


class Pressure(Record):
    """Pressure stall information (psi.rst): the time in which some task waited, and in which all tasks did."""

    some: Stall = Stall()
    full: Stall = Stall()


def cpu_usage_ns(group: Group) -> int:
    """Return the CPU time of a cgroup: like `cpu_use`, but reads one file."""
    if group.is_v1("cpuacct"):
        return read_number(f"{group.folder('cpuacct')}/cpuacct.usage")
    return keyed(read_file(f"{group.folder('cpu')}/cpu.stat")).get("usage_usec", 0) * 1000


def cpu_use(group: Group) -> CpuUse:
    """Return the CPU time and throttling of a cgroup."""
    stat = keyed(read_file(f"{group.folder('cpu')}/cpu.stat"))
    throttled_ns = stat.get("throttled_time", stat.get("throttled_usec", 0) * 1000)
    if group.is_v1("cpuacct"):
        folder = group.folder("cpuacct")
        usage, user, system = (read_number(f"{folder}/cpuacct.usage{kind}") for kind in ("", "_user", "_sys"))
    else:
        usage, user, system = (stat.get(f"{kind}_usec", 0) * 1000 for kind in ("usage", "user", "system"))
    return CpuUse(
        usage_ns=usage,
        user_ns=user,
        system_ns=system,
        periods=stat.get("nr_periods", 0),
        throttled_periods=stat.get("nr_throttled", 0),
        throttled_ns=throttled_ns,
    )


def memory_use(group: Group) -> MemoryUse:
    """Return the memory of a cgroup, including that of the cgroups below it."""
    folder = group.folder("memory")
    stat = keyed(read_file(f"{folder}/memory.stat"))
    if group.is_v1("memory"):
        return MemoryUse(
            usage_bytes=read_number(f"{folder}/memory.usage_in_bytes"),
            inactive_file_bytes=stat.get("total_inactive_file", 0),
            rss_bytes=stat.get("total_rss", 0),
            cache_bytes=stat.get("total_cache", 0),
            mapped_bytes=stat.get("total_mapped_file", 0),
            swap_bytes=stat.get("total_swap"),
            page_faults=stat.get("total_pgfault", 0),
            major_page_faults=stat.get("total_pgmajfault", 0),
            limit_bytes=read_limit(f"{folder}/memory.limit_in_bytes"),
        )
    swap = read_file(f"{folder}/memory.swap.current").strip()
    return MemoryUse(
        usage_bytes=read_number(f"{folder}/memory.current"),
        inactive_file_bytes=stat.get("inactive_file", 0),
        rss_bytes=stat.get("anon", 0),
        cache_bytes=stat.get("file", 0),
        mapped_bytes=stat.get("file_mapped", 0),
        kernel_bytes=stat.get("kernel", sum(stat.get(name, 0) for name in ("kernel_stack", "pagetables", "slab"))),
        swap_bytes=int(swap) if swap else None,
        page_faults=stat.get("pgfault", 0),
        major_page_faults=stat.get("pgmajfault", 0),
        limit_bytes=read_limit(f"{folder}/memory.max"),
    )


def kernel_memory(group: Group, use: MemoryUse) -> int:
    """Return the memory that the kernel uses for a cgroup; `use` has it already on v2."""
    if use.kernel_bytes is not None:
        return use.kernel_bytes
    return read_number(f"{group.folder('memory')}/memory.kmem.usage_in_bytes")


def swap_limit(group: Group) -> int | None:
    """Return how much swap a cgroup may use. v1 limits the sum of memory and swap, from which the memory is subtracted."""
    folder = group.folder("memory")
    if not group.is_v1("memory"):
        return read_limit(f"{folder}/memory.swap.max")
    both, memory = read_limit(f"{folder}/memory.memsw.limit_in_bytes"), read_limit(f"{folder}/memory.limit_in_bytes")
    return None if both is None or memory is None else max(0, both - memory)


def memory_history(group: Group) -> MemoryHistory:
    """Return the memory history of a cgroup. v2 has its peak since Linux 5.19."""
    folder = group.folder("memory")
    if group.is_v1("memory"):
        return MemoryHistory(
            max_usage_bytes=read_number(f"{folder}/memory.max_usage_in_bytes"),
            limit_hits=read_number(f"{folder}/memory.failcnt"),
            oom_kills=keyed(read_file(f"{folder}/memory.oom_control")).get("oom_kill", 0),
        )
    events = keyed(read_file(f"{folder}/memory.events"))
    return MemoryHistory(
        max_usage_bytes=read_number(f"{folder}/memory.peak") or None,
        limit_hits=events.get("max", 0),
        oom_kills=events.get("oom_kill", 0),
    )


def device_io(group: Group) -> list[DeviceIo] | None:
    """Return the I/O of a cgroup for each block device; None if the kernel does not count it."""
    folder = group.folder("blkio" if group.is_v1("blkio") else "io")
    if not group.is_v1("blkio"):
        text = read_file(f"{folder}/io.stat", "-")
        return None if text == "-" else io_stat(text)
    for suffix in ("_recursive", ""):
        text = read_file(f"{folder}/blkio.throttle.io_service_bytes{suffix}")
        if text:
            return blkio_stat(text, read_file(f"{folder}/blkio.throttle.io_serviced{suffix}"))
    return None


def task_count(group: Group) -> tuple[int, int | None]:
    """Return the number of tasks (threads) of a cgroup, and its limit."""
    folder = group.folder("pids")
    return read_number(f"{folder}/pids.current"), read_limit(f"{folder}/pids.max")


def group_limits(group: Group) -> GroupLimits:
    """Return the limits of a cgroup itself (not those of the cgroups above it)."""
    cpu, memory = group.folder("cpu"), group.folder("memory")
    if group.is_v1("cpu"):
        quota = read_file(f"{cpu}/cpu.cfs_quota_us").strip()
        period, shares = read_number(f"{cpu}/cpu.cfs_period_us"), read_number(f"{cpu}/cpu.shares")
    else:
        quota, _, rest = read_file(f"{cpu}/cpu.max").strip().partition(" ")
        period, shares = int(rest or 0), shares_of(read_number(f"{cpu}/cpu.weight"))
    v1 = group.is_v1("memory")
    return GroupLimits(
        cpu_period_us=period,
        cpu_quota_us=int(quota) if quota.isdigit() else None,
        cpu_shares=shares,
        memory_bytes=read_limit(f"{memory}/{'memory.limit_in_bytes' if v1 else 'memory.max'}"),
        memory_reservation_bytes=read_limit(f"{memory}/{'memory.soft_limit_in_bytes' if v1 else 'memory.low'}"),
        swap_bytes=read_limit(f"{memory}/{'memory.memsw.limit_in_bytes' if v1 else 'memory.swap.max'}"),
    )


def shares_of(weight: int) -> int:
    """Return the CPU shares (v1) of a weight (v2), by the formula of the OCI runtimes; 0 for 0. Pure."""
    return 2 + (weight - 1) * 262142 // 9999 if weight else 0


def huge_pages(group: Group) -> dict[str, tuple[int, int | None]]:
    """Return by page size ("2MB") the bytes of huge pages in use, and the highest so far (None on v2, which does not record it)."""
    folder = group.folder("hugetlb")
    suffix = ".usage_in_bytes" if group.is_v1("hugetlb") else ".current"
    try:
        names = [name for name in os.listdir(folder) if name.startswith("hugetlb.") and name.endswith(suffix)]
    except OSError:
        return {}
    sizes: dict[str, tuple[int, int | None]] = {}
    for name in sorted(names):
        size = name.removeprefix("hugetlb.").removesuffix(suffix)
        if not size.endswith(".rsvd"):
            highest = read_number(f"{folder}/hugetlb.{size}.max_usage_in_bytes") if group.is_v1("hugetlb") else None
            sizes[size] = read_number(f"{folder}/{name}"), highest
    return sizes


def pressure(group: Group, resource: str) -> Pressure | None:
    """Return how long tasks waited for `resource` ("cpu", "memory" or "io"). Only v2 has it, also on hybrid hosts; else None."""
    text = read_file(f"{group.unified}/{resource}.pressure") if group.unified else ""
    return pressure_of(text) if text else None


def pressure_of(text: str) -> Pressure:
    """Return the contents of a file of pressure stall information (psi.rst). Pure."""
    stalls = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        values = dict(field.partition("=")[::2] for field in rest.split())
        stalls[kind] = Stall(
            total_ns=int(values.get("total", 0)) * 1000,
            average_10=float(values.get("avg10", 0)),
            average_60=float(values.get("avg60", 0)),
            average_300=float(values.get("avg300", 0)),
        )
    return Pressure(**{kind: stall for kind, stall in stalls.items() if kind in ("some", "full")})


def io_stat(text: str) -> list[DeviceIo]:
    """Return the devices of an io.stat file (cgroup v2). Pure."""
    devices = []
    for line in text.splitlines():
        device, _, rest = line.partition(" ")
        values = dict(field.partition("=")[::2] for field in rest.split())
        numbers = [int(values[name]) if values.get(name, "").isdigit() else 0 for name in _IO_STAT]
        if device and values:
            devices.append(_device(device, numbers))
    return devices


_IO_STAT = ("rbytes", "wbytes", "rios", "wios")


def blkio_stat(sizes: str, counts: str) -> list[DeviceIo]:
    """Return the devices of the files blkio.…io_service_bytes (`sizes`) and blkio.…io_serviced (`counts`) (cgroup v1). Pure."""
    numbers: dict[str, list[int]] = {}
    for first, text in ((0, sizes), (2, counts)):
        for line in text.splitlines():
            fields = line.split()
            if len(fields) == 3 and fields[1] in ("Read", "Write"):
                numbers.setdefault(fields[0], [0, 0, 0, 0])[first + (fields[1] == "Write")] = int(fields[2])
    return [_device(device, values) for device, values in numbers.items()]


def _device(device: str, numbers: list[int]) -> DeviceIo:
    read, written, reads, writes = numbers
    return DeviceIo(device=device, read_bytes=read, write_bytes=written, reads=reads, writes=writes)
