"""Counters and limits of a control group, from v1 and v2 alike (cgroups(7); the kernel's cgroup-v1/*.rst, cgroup-v2.rst, psi.rst).

A controller is read where its group is: v1's directory of it, else the one of v2; so a hybrid host tells all it has.
Times are ns, sizes bytes. What this host does not count is None, and so is a limit that is not set.
"""

from __future__ import annotations

import os

from pycman.linux.cgroup.setup import CGROUP_ROOT
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_LIMIT = 1 << 60
"""v1 says 2^63 less a page for "no limit"."""
_READ_BYTES = 1 << 16
_NOWHERE = "/nonexistent"


class Group(Record):
    """Where a group's files are: directories of v1 by controller, and the one of v2 ("": it has none)."""

    folders: Mapping[str, str] = {}
    unified: str = ""

    def folder(self, controller: str) -> str:
        """Return where a controller's files are."""
        return self.folders.get(controller) or self.unified or _NOWHERE

    def is_v1(self, controller: str) -> bool:
        """Say whether a controller's files are those of v1."""
        return controller in self.folders


class MemoryUse(Record):
    """What a group uses now. `swap_limit_bytes` is of memory and swap together, `faults` are since its beginning."""

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
        """Return what cannot be had back by dropping clean pages that nobody used lately."""
        return max(0, self.usage_bytes - self.inactive_file_bytes)


class MemoryHistory(Record):
    """What happened to a group: its greatest use, how often it met its limit, how many were killed for memory."""

    max_usage_bytes: int | None = None
    limit_hits: int = 0
    oom_kills: int = 0


class CpuUse(Record):
    """CPU time since the group's beginning, and how its quota held it back."""

    usage_ns: int = 0
    user_ns: int = 0
    system_ns: int = 0
    periods: int = 0
    throttled_periods: int = 0
    throttled_ns: int = 0


class DeviceIo(Record):
    """What was read from and written to a block device, MAJOR:MINOR."""

    device: str
    read_bytes: int = 0
    write_bytes: int = 0
    reads: int = 0
    writes: int = 0


class GroupLimits(Record):
    """What a group may use. `cpu_shares` are v1's (2 to 262144), also where v2 has weights."""

    cpu_period_us: int = 0
    cpu_quota_us: int | None = None
    cpu_shares: int = 0
    memory_bytes: int | None = None
    memory_reservation_bytes: int | None = None
    swap_bytes: int | None = None


class Stall(Record):
    """How long tasks waited for a resource, and in percent of the last 10, 60 and 300 s."""

    total_ns: int = 0
    average_10: float = 0.0
    average_60: float = 0.0
    average_300: float = 0.0


class Pressure(Record):
    """Pressure stall information: time in which some task waited, and in which all did."""

    some: Stall = Stall()
    full: Stall = Stall()


def own_groups(text: str, marker: str) -> dict[str, str]:
    """Return controller → path ("" is v2) of the groups in /proc/PID/cgroup that are the container's own. Pure."""
    found = {}
    for line in text.splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        parts = path.split("/")
        if marker in parts:
            own = "/".join(parts[: parts.index(marker) + 1])
            for controller in controllers.split(","):
                found[controller] = own
    return found


def find_group(paths: Mapping[str, str], *, root: str = CGROUP_ROOT) -> Group:
    """Return the group with these paths: controller → path below its hierarchy, "" is v2's."""
    mounted = _hierarchies(root)
    folders = {name: f"{mounted[name]}{path}" for name, path in paths.items() if name and name in mounted}
    unified = f"{mounted['']}{paths['']}" if "" in paths and "" in mounted else ""
    return Group(folders={name: path for name, path in folders.items() if os.path.isdir(path)}, unified=unified)


def group_at(path: str, *, root: str = CGROUP_ROOT) -> Group:
    """Return the group at the same path of every hierarchy; one that is nowhere has no folders at all."""
    there = {name: f"{top}{path}" for name, top in _hierarchies(root).items() if os.path.isdir(f"{top}{path}")}
    return Group(folders={name: each for name, each in there.items() if name}, unified=there.get("", ""))


def _hierarchies(root: str) -> dict[str, str]:
    """Return where hierarchies are mounted by controller; "" is v2. A directory such as cpu,cpuacct holds several."""
    if os.path.exists(f"{root}/cgroup.controllers"):
        return {"": root}
    try:
        names = os.listdir(root)
    except OSError:
        return {}
    found = {each: f"{root}/{name}" for name in names for each in name.split(",") if name not in ("unified", "systemd")}
    return {**found, "": f"{root}/unified"} if "unified" in names else found


def cpu_usage_ns(group: Group) -> int:
    """Return the CPU time of a group: the cheap part of `cpu_use`."""
    if group.is_v1("cpuacct"):
        return _number(f"{group.folder('cpuacct')}/cpuacct.usage")
    return keyed(_read(f"{group.folder('cpu')}/cpu.stat")).get("usage_usec", 0) * 1000


def cpu_use(group: Group) -> CpuUse:
    """Return a group's CPU time and throttling."""
    stat = keyed(_read(f"{group.folder('cpu')}/cpu.stat"))
    throttled_ns = stat.get("throttled_time", stat.get("throttled_usec", 0) * 1000)
    if group.is_v1("cpuacct"):
        folder = group.folder("cpuacct")
        usage, user, system = (_number(f"{folder}/cpuacct.usage{kind}") for kind in ("", "_user", "_sys"))
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
    """Return a group's memory, that of the groups below it included."""
    folder = group.folder("memory")
    stat = keyed(_read(f"{folder}/memory.stat"))
    if group.is_v1("memory"):
        return MemoryUse(
            usage_bytes=_number(f"{folder}/memory.usage_in_bytes"),
            inactive_file_bytes=stat.get("total_inactive_file", 0),
            rss_bytes=stat.get("total_rss", 0),
            cache_bytes=stat.get("total_cache", 0),
            mapped_bytes=stat.get("total_mapped_file", 0),
            swap_bytes=stat.get("total_swap"),
            page_faults=stat.get("total_pgfault", 0),
            major_page_faults=stat.get("total_pgmajfault", 0),
            limit_bytes=_limit(f"{folder}/memory.limit_in_bytes"),
        )
    swap = _read(f"{folder}/memory.swap.current").strip()
    return MemoryUse(
        usage_bytes=_number(f"{folder}/memory.current"),
        inactive_file_bytes=stat.get("inactive_file", 0),
        rss_bytes=stat.get("anon", 0),
        cache_bytes=stat.get("file", 0),
        mapped_bytes=stat.get("file_mapped", 0),
        kernel_bytes=stat.get("kernel", sum(stat.get(name, 0) for name in ("kernel_stack", "pagetables", "slab"))),
        swap_bytes=int(swap) if swap else None,
        page_faults=stat.get("pgfault", 0),
        major_page_faults=stat.get("pgmajfault", 0),
        limit_bytes=_limit(f"{folder}/memory.max"),
    )


def kernel_memory(group: Group, use: MemoryUse) -> int:
    """Return the memory that the kernel uses for a group; v2 has told it already."""
    if use.kernel_bytes is not None:
        return use.kernel_bytes
    return _number(f"{group.folder('memory')}/memory.kmem.usage_in_bytes")


def swap_limit(group: Group) -> int | None:
    """Return how much of the swap a group may use: v1 limits the sum with memory."""
    folder = group.folder("memory")
    if not group.is_v1("memory"):
        return _limit(f"{folder}/memory.swap.max")
    both, memory = _limit(f"{folder}/memory.memsw.limit_in_bytes"), _limit(f"{folder}/memory.limit_in_bytes")
    return None if both is None or memory is None else max(0, both - memory)


def memory_history(group: Group) -> MemoryHistory:
    """Return what a group's memory has been through. v2 keeps its peak since Linux 5.19."""
    folder = group.folder("memory")
    if group.is_v1("memory"):
        return MemoryHistory(
            max_usage_bytes=_number(f"{folder}/memory.max_usage_in_bytes"),
            limit_hits=_number(f"{folder}/memory.failcnt"),
            oom_kills=keyed(_read(f"{folder}/memory.oom_control")).get("oom_kill", 0),
        )
    events = keyed(_read(f"{folder}/memory.events"))
    return MemoryHistory(
        max_usage_bytes=_number(f"{folder}/memory.peak") or None,
        limit_hits=events.get("max", 0),
        oom_kills=events.get("oom_kill", 0),
    )


def device_io(group: Group) -> list[DeviceIo] | None:
    """Return what a group did with block devices; None where nobody counts."""
    folder = group.folder("blkio" if group.is_v1("blkio") else "io")
    if not group.is_v1("blkio"):
        text = _read(f"{folder}/io.stat", "-")
        return None if text == "-" else io_stat(text)
    for suffix in ("_recursive", ""):
        text = _read(f"{folder}/blkio.throttle.io_service_bytes{suffix}")
        if text:
            return blkio_stat(text, _read(f"{folder}/blkio.throttle.io_serviced{suffix}"))
    return None


def task_count(group: Group) -> tuple[int, int | None]:
    """Return how many tasks (threads) a group has, and how many it may have."""
    folder = group.folder("pids")
    return _number(f"{folder}/pids.current"), _limit(f"{folder}/pids.max")


def group_limits(group: Group) -> GroupLimits:
    """Return a group's own limits."""
    cpu, memory = group.folder("cpu"), group.folder("memory")
    if group.is_v1("cpu"):
        quota = _read(f"{cpu}/cpu.cfs_quota_us").strip()
        period, shares = _number(f"{cpu}/cpu.cfs_period_us"), _number(f"{cpu}/cpu.shares")
    else:
        quota, _, rest = _read(f"{cpu}/cpu.max").strip().partition(" ")
        period, shares = int(rest or 0), shares_of(_number(f"{cpu}/cpu.weight"))
    v1 = group.is_v1("memory")
    return GroupLimits(
        cpu_period_us=period,
        cpu_quota_us=int(quota) if quota.isdigit() else None,
        cpu_shares=shares,
        memory_bytes=_limit(f"{memory}/{'memory.limit_in_bytes' if v1 else 'memory.max'}"),
        memory_reservation_bytes=_limit(f"{memory}/{'memory.soft_limit_in_bytes' if v1 else 'memory.low'}"),
        swap_bytes=_limit(f"{memory}/{'memory.memsw.limit_in_bytes' if v1 else 'memory.swap.max'}"),
    )


def shares_of(weight: int) -> int:
    """Return v1's shares for a weight of v2, the way runtimes turn one into the other. Pure."""
    return 2 + (weight - 1) * 262142 // 9999 if weight else 0


def huge_pages(group: Group) -> dict[str, tuple[int, int | None]]:
    """Return by page size ("2MB") the bytes of huge pages in use, and the most there were (v2 does not keep it)."""
    folder = group.folder("hugetlb")
    suffix = ".usage_in_bytes" if group.is_v1("hugetlb") else ".current"
    try:
        names = [each for each in os.listdir(folder) if each.startswith("hugetlb.") and each.endswith(suffix)]
    except OSError:
        return {}
    found: dict[str, tuple[int, int | None]] = {}
    for name in sorted(names):
        size = name.removeprefix("hugetlb.").removesuffix(suffix)
        if not size.endswith(".rsvd"):
            most = _number(f"{folder}/hugetlb.{size}.max_usage_in_bytes") if group.is_v1("hugetlb") else None
            found[size] = _number(f"{folder}/{name}"), most
    return found


def pressure(group: Group, resource: str) -> Pressure | None:
    """Return how tasks waited for "cpu", "memory" or "io": v2's to tell, also where controllers are on v1."""
    text = _read(f"{group.unified}/{resource}.pressure") if group.unified else ""
    return pressure_of(text) if text else None


def pressure_of(text: str) -> Pressure:
    """Return what a file of pressure stall information tells. Pure."""
    found = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        values = dict(word.partition("=")[::2] for word in rest.split())
        found[kind] = Stall(
            total_ns=int(values.get("total", 0)) * 1000,
            average_10=float(values.get("avg10", 0)),
            average_60=float(values.get("avg60", 0)),
            average_300=float(values.get("avg300", 0)),
        )
    return Pressure(**{kind: stall for kind, stall in found.items() if kind in ("some", "full")})


def group_pids(group: Group) -> list[int]:
    """Return the processes in a group and in those below it."""
    folders = [group.folder("pids" if group.is_v1("pids") else "memory")]
    found: list[int] = []
    while folders:
        folder = folders.pop()
        found += [int(word) for word in _read(f"{folder}/cgroup.procs").split()]
        try:
            with os.scandir(folder) as entries:
                folders += [each.path for each in entries if each.is_dir(follow_symlinks=False)]
        except OSError:
            continue
    return found


def open_files(pid: int) -> tuple[int, int]:
    """Return how many descriptors a process has open, and how many of them are sockets."""
    folder = f"/proc/{pid}/fd"
    total = sockets = 0
    try:
        for name in os.listdir(folder):
            total += 1
            sockets += os.readlink(f"{folder}/{name}").startswith("socket:")
    except OSError:
        return total, sockets
    return total, sockets


def open_files_limit(pid: int) -> int | None:
    """Return how many descriptors a process may have open (its soft limit); None is no limit, or no process."""
    for line in _read(f"/proc/{pid}/limits").splitlines():
        if line.startswith("Max open files"):
            soft = line[26:].split()[0]
            return int(soft) if soft.isdigit() else None
    return None


def keyed(text: str) -> dict[str, int]:
    """Return the lines "name number" of a flat keyed file. Pure."""
    words = text.split()
    if len(words) % 2 == 0:
        try:
            return dict(zip(words[::2], map(int, words[1::2]), strict=True))
        except ValueError:
            pass
    pairs = (line.partition(" ") for line in text.splitlines())
    return {name: int(value) for name, _, value in pairs if value.isdigit()}


def io_stat(text: str) -> list[DeviceIo]:
    """Return what io.stat tells of each device (cgroup v2). Pure."""
    found = []
    for line in text.splitlines():
        device, _, rest = line.partition(" ")
        values = dict(word.partition("=")[::2] for word in rest.split())
        numbers = [int(values[name]) if values.get(name, "").isdigit() else 0 for name in _IO_STAT]
        if device and values:
            found.append(_device(device, numbers))
    return found


_IO_STAT = ("rbytes", "wbytes", "rios", "wios")


def blkio_stat(sizes: str, counts: str) -> list[DeviceIo]:
    """Return what blkio.…io_service_bytes and …io_serviced tell of each device (cgroup v1). Pure."""
    numbers: dict[str, list[int]] = {}
    for first, text in ((0, sizes), (2, counts)):
        for line in text.splitlines():
            words = line.split()
            if len(words) == 3 and words[1] in ("Read", "Write"):
                numbers.setdefault(words[0], [0, 0, 0, 0])[first + (words[1] == "Write")] = int(words[2])
    return [_device(device, each) for device, each in numbers.items()]


def _device(device: str, numbers: list[int]) -> DeviceIo:
    read, written, reads, writes = numbers
    return DeviceIo(device=device, read_bytes=read, write_bytes=written, reads=reads, writes=writes)


def _read(path: str, default: str = "") -> str:
    """Return a small file of the kernel's; without Python's layers, as a listing reads hundreds."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return default
    try:
        return os.read(descriptor, _READ_BYTES).decode("ascii", "replace")
    except OSError:
        return default
    finally:
        os.close(descriptor)


def _number(path: str) -> int:
    text = _read(path).strip()
    return int(text) if text.isdigit() else 0


def _limit(path: str) -> int | None:
    """Return a limit; None where it says "max", or v1's way of saying so."""
    text = _read(path).strip()
    return int(text) if text.isdigit() and int(text) < _NO_LIMIT else None
