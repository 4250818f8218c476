"""What a container uses: counters of its cgroups (v1, v2: cgroups(7)), else of its processes; and its network's.

Everything is read at one moment; rates are the caller's, from two moments. A number nobody keeps is None.
"""

from __future__ import annotations

import contextlib
import os

from pycman.linux.files import read_text
from pycman.linux.process_table import pids_of_namespace
from pycman.record import Record

_ROOT = "/sys/fs/cgroup"
_NO_LIMIT = 1 << 60
"""v1 says 2^63 less a page for "no limit"."""


class Counters(Record):
    """`source` is cgroup, processes (no cgroup of its own: sums over its processes) or none (nothing to be read)."""

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


def read_counters(pid: int, marker: str) -> Counters:
    """Return what the container of the process `pid` uses; its own cgroup is the one whose path has a part `marker`."""
    groups = own_groups(read_text(f"/proc/{pid}/cgroup"), marker)
    found = _of_groups(groups) if groups else _of_processes(pid)
    total = memory_total()
    limit = found.memory_limit_bytes
    received, sent = _network(pid)
    return found.replace(
        memory_limit_bytes=limit if 0 < limit < total else total,
        net_received_bytes=received,
        net_sent_bytes=sent,
    )


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


def memory_total() -> int:
    """Return the memory of the host in bytes."""
    for line in read_text("/proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def _of_groups(groups: dict[str, str]) -> Counters:
    unified = groups.get("", "")
    if unified:
        for base in (_ROOT, f"{_ROOT}/unified"):
            if os.path.exists(f"{base}{unified}/cpu.stat") and os.path.exists(f"{base}{unified}/memory.current"):
                return _of_v2(f"{base}{unified}")
    return _of_v1({name: _v1_path(name, path) for name, path in groups.items() if name})


def _v1_path(controller: str, path: str) -> str:
    """Return where a v1 controller is mounted; several may share one directory such as cpu,cpuacct."""
    for name in (controller, "cpu,cpuacct", "cpuacct,cpu", "net_cls,net_prio"):
        if controller in name.split(",") and os.path.isdir(f"{_ROOT}/{name}{path}"):
            return f"{_ROOT}/{name}{path}"
    return f"{_ROOT}/{controller}{path}"


def _of_v2(path: str) -> Counters:
    cpu = keyed(read_text(f"{path}/cpu.stat"))
    memory = keyed(read_text(f"{path}/memory.stat"))
    read, written = io_stat(read_text(f"{path}/io.stat"))
    return Counters(
        source="cgroup",
        cpu_ns=cpu.get("usage_usec", 0) * 1000,
        memory_bytes=max(0, _number(f"{path}/memory.current") - memory.get("inactive_file", 0)),
        memory_limit_bytes=_number(f"{path}/memory.max"),
        pids=_number(f"{path}/pids.current"),
        pids_limit=_number(f"{path}/pids.max") or None,
        block_read_bytes=read,
        block_write_bytes=written,
    )


def _of_v1(paths: dict[str, str]) -> Counters:
    memory_path = paths.get("memory", "/nonexistent")
    memory = keyed(read_text(f"{memory_path}/memory.stat"))
    blkio = paths.get("blkio", "/nonexistent")
    text = read_text(f"{blkio}/blkio.throttle.io_service_bytes_recursive") or read_text(
        f"{blkio}/blkio.throttle.io_service_bytes"
    )
    read, written = blkio_stat(text)
    limit = _number(f"{memory_path}/memory.limit_in_bytes")
    pids = paths.get("pids", "/nonexistent")
    return Counters(
        source="cgroup",
        cpu_ns=_number(f"{paths.get('cpuacct', '/nonexistent')}/cpuacct.usage"),
        memory_bytes=max(0, _number(f"{memory_path}/memory.usage_in_bytes") - memory.get("total_inactive_file", 0)),
        memory_limit_bytes=limit if limit < _NO_LIMIT else 0,
        pids=_number(f"{pids}/pids.current"),
        pids_limit=_number(f"{pids}/pids.max") or None,
        block_read_bytes=read if text else None,
        block_write_bytes=written if text else None,
    )


def keyed(text: str) -> dict[str, int]:
    """Return the lines "name number" of a flat keyed file. Pure."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if value.isdigit():
            found[name] = int(value)
    return found


def io_stat(text: str) -> tuple[int, int]:
    """Return bytes read and written by all devices of an io.stat (cgroup v2). Pure."""
    totals = {"rbytes": 0, "wbytes": 0}
    for line in text.splitlines():
        for word in line.split()[1:]:
            name, _, value = word.partition("=")
            if name in totals and value.isdigit():
                totals[name] += int(value)
    return totals["rbytes"], totals["wbytes"]


def blkio_stat(text: str) -> tuple[int, int]:
    """Return bytes read and written by all devices of a blkio.…io_service_bytes (cgroup v1). Pure."""
    totals = {"Read": 0, "Write": 0}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in totals:
            totals[words[1]] += int(words[2])
    return totals["Read"], totals["Write"]


def _number(path: str) -> int:
    text = read_text(path).strip()
    return int(text) if text.isdigit() else 0  # "max" is no limit


def _of_processes(pid: int) -> Counters:
    """Add up what /proc tells of each process in the container's pid namespace; those that ended are not in it."""
    pids = pids_of_namespace(pid)
    own = pids_of_namespace(os.getpid())
    if not pids or pids == own:
        pids = [pid]  # the host's pid namespace: its first process is all that is known to be its own
    page, tick_ns = os.sysconf("SC_PAGE_SIZE"), 10**9 // os.sysconf("SC_CLK_TCK")
    cpu = memory = read = written = threads = 0
    seen_io = False
    for each in pids:
        fields = read_text(f"/proc/{each}/stat").rpartition(")")[2].split()
        if len(fields) < 22:
            continue
        cpu += (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) * tick_ns
        threads += int(fields[17])
        memory += int(fields[21]) * page
        io = {name: int(value) for name, _, value in (line.partition(": ") for line in _io_lines(each))}
        seen_io = seen_io or bool(io)
        read += io.get("read_bytes", 0)
        written += io.get("write_bytes", 0)
    return Counters(
        source="processes" if threads else "none",
        cpu_ns=cpu,
        memory_bytes=memory,
        pids=threads,
        block_read_bytes=read if seen_io else None,
        block_write_bytes=written if seen_io else None,
    )


def _io_lines(pid: int) -> list[str]:
    return [line for line in read_text(f"/proc/{pid}/io").splitlines() if ": " in line]


def _network(pid: int) -> tuple[int | None, int | None]:
    """Return bytes received and sent in a process's network namespace; (None, None) in our own, which is the host's."""
    with contextlib.suppress(OSError):
        if os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            return None, None
    text = read_text(f"/proc/{pid}/net/dev")
    return net_dev(text) if text else (None, None)


def net_dev(text: str) -> tuple[int, int]:
    """Return bytes received and sent by all interfaces but loopback of a net/dev file. Pure."""
    received = sent = 0
    for line in text.splitlines():
        name, colon, rest = line.partition(":")
        fields = rest.split()
        if colon and name.strip() != "lo" and len(fields) > 8:
            received += int(fields[0])
            sent += int(fields[8])
    return received, sent
