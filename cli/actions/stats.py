"""stats: print what resources containers use."""

from __future__ import annotations

import sys
import time

from cli.output.listing import Columns, print_listing
from cli.output.printable import raw_stream
from cli.output.words import binary_size, go_duration, human_size, short
from cli.targets import latest_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cli.call import Call
    from pycman.containers.inspect.stats import Stats

_COLUMNS = (
    ("CONTAINER ID", "ID"), ("NAME", "Name"), ("CPU %", "CPUPerc"), ("MEM USAGE / LIMIT", "MemUsage"), ("MEM %", "MemPerc"),
    ("NET I/O", "NetIO"), ("BLOCK I/O", "BlockIO"), ("PIDS", "PIDs"),
)  # fmt: skip
_JSON = ("BlockIO", "CPUPerc", "Container", "ID", "MemPerc", "MemUsage", "Name", "NetIO", "PIDs")
_PODMAN_COLUMNS = (
    ("ID", "ID"), ("NAME", "Name"), ("CPU %", "CPUPerc"), ("MEM USAGE / LIMIT", "MemUsage"), ("MEM %", "MemPerc"), ("NET IO", "NetIO"),
    ("BLOCK IO", "BlockIO"), ("PIDS", "PIDS"), ("CPU TIME", "UpTime"), ("AVG CPU %", "AVGCPU"),
)  # fmt: skip
_PODMAN_KEYS = {
    "id": "ID", "name": "Name", "cpu_time": "UpTime", "cpu_percent": "CPUPerc", "avg_cpu": "AVGCPU", "mem_usage": "MemUsage",
    "mem_percent": "MemPerc", "net_io": "NetIO", "block_io": "BlockIO", "pids": "PIDS",
}  # fmt: skip
"""Keys of podman's JSON and the fields that are their values."""
_FIRST_PAUSE_S = 0.2
"""Between the first two samples, whose difference is the first CPU percentage."""


def run(call: Call) -> int:
    """Print samples of the named containers (default: all running) until interrupted, or one with --no-stream."""
    names = [latest_container(call)] if call.flag("latest") else call.arguments
    containers = call.engine.containers
    return watch(
        call,
        lambda before: containers.stats(names, all=call.flag("all"), previous=before),
        lambda samples: _print(call, samples),
    )


def watch(call: Call, take: Callable[[Sequence[Stats]], list[Stats]], show: Callable[[Sequence[Stats]], None]) -> int:
    """Call `take` with the samples before and `show` with the result: once with --no-stream, else until interrupted."""
    before = take(())
    once = call.flag("no-stream")
    pause = _FIRST_PAUSE_S
    try:
        while True:
            time.sleep(pause)
            now = take(before)
            if not once and not call.flag("no-reset") and sys.stdout.isatty():
                raw_stream(sys.stdout).write("\033[2J\033[H")
            show(now)
            sys.stdout.flush()
            if once:
                return 0
            before, pause = now, max(1, call.number("interval", 1))
    except KeyboardInterrupt:
        return 0


def _print(call: Call, samples: Sequence[Stats]) -> None:
    whole, podman = call.flag("no-trunc"), call.habits.podman_stats
    rows = [stats_row(sample, whole=whole, podman=podman) for sample in (samples[::-1] if podman else samples)]
    columns = Columns(_PODMAN_COLUMNS if podman else _COLUMNS, {"Container": "CONTAINER"}, _JSON)
    print_listing(
        call, rows, columns, lambda: [{key: str(row[field]) for key, field in _PODMAN_KEYS.items()} for row in rows]
    )


def stats_row(sample: Stats, *, whole: bool, podman: bool = False) -> dict[str, Any]:
    """Return one row of a listing for a sample; "--" stands for what is unknown because the container does not run."""
    known = sample.running and sample.source != "none"
    digits = 4 if podman else 3
    binary = f"{binary_size(sample.memory_bytes)} / {binary_size(sample.memory_limit_bytes)}" if known else "-- / --"
    decimal = f"{human_size(sample.memory_bytes, 4)} / {human_size(sample.memory_limit_bytes, 4)}"
    pids = sample.pids if known else "--"
    return {
        "ID": short(sample.container_id, whole=whole),
        "ContainerID": sample.container_id,
        "Container": short(sample.container_id, whole=whole),
        "Name": sample.name,
        "CPUPerc": f"{sample.cpu_percent:.2f}%" if known else "--",
        "CPU": sample.cpu_percent,
        "AvgCPU": sample.average_cpu_percent,
        "AVGCPU": f"{sample.average_cpu_percent:.2f}%" if known else "--",
        "CPUNano": sample.cpu_ns,
        "MemUsage": decimal if podman and known else binary,
        "MemUsageBytes": binary,
        "MemLimit": sample.memory_limit_bytes,
        "MemPerc": f"{sample.memory_percent:.2f}%" if known else "--",
        "NetIO": _pair(sample.net_received_bytes, sample.net_sent_bytes, digits),
        "BlockIO": _pair(sample.block_read_bytes, sample.block_write_bytes, digits),
        "PIDs": pids,
        "PIDS": pids,
        "CPUSystemNano": 0,
        "SystemNano": sample.sampled_at_ns,
        "PerCPU": [],
        "Up": go_duration(sample.up_ns),
        "UpTime": go_duration(sample.cpu_ns) if podman else go_duration(sample.up_ns),
        "Duration": sample.up_ns,
        "BlockInput": sample.block_read_bytes or 0,
        "BlockOutput": sample.block_write_bytes or 0,
        "NetInput": sample.net_received_bytes or 0,
        "NetOutput": sample.net_sent_bytes or 0,
        "Network": {},
    }


def _pair(one: int | None, other: int | None, digits: int) -> str:
    return "-- / --" if one is None or other is None else f"{human_size(one, digits)} / {human_size(other, digits)}"
