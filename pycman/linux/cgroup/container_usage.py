"""What a container uses: the counters of its cgroup (v1, v2: cgroups(7)), else of its processes; and those of its network.

All values are totals at one moment; callers compute rates from two moments. A number that the kernel does not count is None.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.linux.cgroup.counters import cpu_usage_ns, device_io, memory_use, task_count
from pycman.linux.cgroup.group import Group, find_group, own_groups
from pycman.linux.files import read_text
from pycman.linux.process_table import pids_of_namespace
from pycman.record import Record


class Counters(Record):
    """The use of a container. `source` is cgroup, processes (it has no cgroup: sums over its processes) or none (it has ended).

    `memory_limit_bytes` is the memory of the host where there is no smaller limit.
    """

    source: str = "none"
    cpu_ns: int = 0
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    pids: int = 0
    pids_limit: int | None = None
    block_read_bytes: int | None = None
    block_write_bytes: int | None = None
    net_received_bytes: int | None = None
    net_sent_bytes: int | None = None


class InterfaceCounters(Record):
    """Traffic of a network interface since its creation (/proc/PID/net/dev)."""

    name: str
    received_bytes: int = 0
    received_packets: int = 0
    received_errors: int = 0
    received_dropped: int = 0
    sent_bytes: int = 0
    sent_packets: int = 0
    sent_errors: int = 0
    sent_dropped: int = 0


def read_counters(pid: int, marker: str) -> Counters:
    """Return the use of the container of process `pid`; its own cgroup is the one whose path has a part `marker`."""
    group = container_group(pid, marker)
    counters = _of_processes(pid) if group is None else _of_group(group)
    total = memory_total()
    limit = counters.memory_limit_bytes
    received, sent = _network(pid)
    return counters.replace(
        memory_limit_bytes=limit if 0 < limit < total else total,
        net_received_bytes=received,
        net_sent_bytes=sent,
    )


def container_group(pid: int, marker: str) -> Group | None:
    """Return a container's own cgroup: the one of its process `pid` whose path has a part `marker`; None if it has none."""
    paths = own_groups(read_text(f"/proc/{pid}/cgroup"), marker)
    return find_group(paths) if paths else None


def memory_total() -> int:
    """Return the memory of the host in bytes."""
    return _of_host("MemTotal:")


def swap_total() -> int:
    """Return the swap of the host in bytes."""
    return _of_host("SwapTotal:")


def _of_host(name: str) -> int:
    """Return a line of /proc/meminfo in bytes; 0 if it is missing."""
    for line in read_text("/proc/meminfo").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def _of_group(group: Group) -> Counters:
    memory = memory_use(group)
    devices = device_io(group)
    pids, pids_limit = task_count(group)
    return Counters(
        source="cgroup",
        cpu_ns=cpu_usage_ns(group),
        memory_bytes=memory.working_set_bytes,
        memory_limit_bytes=memory.limit_bytes or 0,
        pids=pids,
        pids_limit=pids_limit,
        block_read_bytes=None if devices is None else sum(device.read_bytes for device in devices),
        block_write_bytes=None if devices is None else sum(device.write_bytes for device in devices),
    )


def container_pids(pid: int) -> list[int]:
    """Return the processes of a container without a cgroup, by its first process: those in the pid namespace of `pid`.

    A container in the host's pid namespace has only `pid` itself: which other processes are its own is not known.
    """
    with suppress(OSError):
        if os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid"):
            return pids_of_namespace(pid)
    return [pid]


def _of_processes(pid: int) -> Counters:
    """Return the sums of /proc/PID/stat and /proc/PID/io over the container's processes; those that have ended are not counted."""
    pids = container_pids(pid)
    page, tick_ns = os.sysconf("SC_PAGE_SIZE"), 10**9 // os.sysconf("SC_CLK_TCK")
    cpu = memory = read = written = threads = 0
    has_io = False
    for member in pids:
        fields = read_text(f"/proc/{member}/stat").rpartition(")")[2].split()
        if len(fields) < 22:
            continue
        cpu += (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) * tick_ns
        threads += int(fields[17])
        memory += int(fields[21]) * page
        io = {name: int(value) for name, _, value in (line.partition(": ") for line in _io_lines(member))}
        has_io = has_io or bool(io)
        read += io.get("read_bytes", 0)
        written += io.get("write_bytes", 0)
    return Counters(
        source="processes" if threads else "none",
        cpu_ns=cpu,
        memory_bytes=memory,
        pids=threads,
        block_read_bytes=read if has_io else None,
        block_write_bytes=written if has_io else None,
    )


def _io_lines(pid: int) -> list[str]:
    return [line for line in read_text(f"/proc/{pid}/io").splitlines() if ": " in line]


def read_net_dev(pid: int | str = "self") -> str:
    """Return the counters of the interfaces in a process's network namespace as text; "" if the process is gone."""
    return read_text(f"/proc/{pid}/net/dev")


def _network(pid: int) -> tuple[int | None, int | None]:
    """Return bytes received and sent in a process's network namespace; (None, None) in our own, which is the host's."""
    with suppress(OSError):
        if os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            return None, None
    text = read_net_dev(pid)
    return net_dev(text) if text else (None, None)


def net_dev(text: str) -> tuple[int, int]:
    """Return the bytes received and sent by all interfaces of a net/dev file except loopback. Pure."""
    interfaces = net_interfaces(text)
    return sum(one.received_bytes for one in interfaces), sum(one.sent_bytes for one in interfaces)


def net_interfaces(text: str) -> list[InterfaceCounters]:
    """Return the counters of all interfaces of a net/dev file except loopback. Pure."""
    interfaces = []
    for line in text.splitlines():
        name, colon, rest = line.partition(":")
        fields = rest.split()
        if colon and name.strip() != "lo" and len(fields) > 11:
            numbers = [int(field) for field in fields]
            interfaces.append(
                InterfaceCounters(
                    name=name.strip(),
                    received_bytes=numbers[0],
                    received_packets=numbers[1],
                    received_errors=numbers[2],
                    received_dropped=numbers[3],
                    sent_bytes=numbers[8],
                    sent_packets=numbers[9],
                    sent_errors=numbers[10],
                    sent_dropped=numbers[11],
                )
            )
    return interfaces
