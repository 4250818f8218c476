"""The state kept between two calls that return stats: cgroups of containers, and CPU samples, from which rates are computed."""

from __future__ import annotations

import threading
import time

from cri_server.stats.layers import Layers
from pycman.linux.cgroup.container_usage import container_group
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.linux.cgroup.group import Group

_WINDOW_NS = 1_000_000_000
"""Rates are computed over at least a second: two clients that ask at the same time get the same rate."""
_FORGOTTEN_NS = 600 * 10**9
_SECOND_NS = 10**9


class RunGroup(Record):
    """The cgroup of one run of a container, and when it was last asked for (monotonic)."""

    run: int
    at_ns: int
    group: Group | None


class CpuSample(Record):
    """CPU time at a moment (monotonic), and the rate over the window that ended then."""

    run: int
    at_ns: int
    usage_ns: int
    nano_cores: int


class Sampler:
    """The samples of all containers and pods. Its methods may be called by several threads at the same time."""

    def __init__(self) -> None:
        self.layers = Layers()
        self._lock = threading.Lock()
        self._groups: dict[str, RunGroup] = {}
        self._samples: dict[str, CpuSample] = {}

    def group(self, row: Mapping[str, Any]) -> Group | None:
        """Return a running container's own cgroup, looked up once for each run; None if it has none."""
        key = row["id"]
        with self._lock:
            kept = self._groups.get(key)
        if kept is None or kept.run != row["pid_start"]:
            group = container_group(row["pid"], f"pycman-{key}")
        else:
            group = kept.group
        with self._lock:
            self._groups[key] = RunGroup(run=row["pid_start"], at_ns=time.monotonic_ns(), group=group)
        return group

    def nano_cores(self, key: str, usage_ns: int, started_at_ns: int) -> int:
        """Return the CPUs in use, in billionths: since the last sample, or since the start if this run has none."""
        now = time.monotonic_ns()
        with self._lock:
            before = self._samples.get(key)
            if before is None or before.run != started_at_ns or before.usage_ns > usage_ns:
                rate = _rate(usage_ns, time.time_ns() - started_at_ns)
            elif now - before.at_ns < _WINDOW_NS:
                return before.nano_cores
            else:
                rate = _rate(usage_ns - before.usage_ns, now - before.at_ns)
            self._samples[key] = CpuSample(run=started_at_ns, at_ns=now, usage_ns=usage_ns, nano_cores=rate)
            return rate

    def forget(self) -> None:
        """Drop samples of objects that were not asked for lately."""
        limit = time.monotonic_ns() - _FORGOTTEN_NS
        with self._lock:
            self._samples = {key: sample for key, sample in self._samples.items() if sample.at_ns >= limit}
            self._groups = {key: group for key, group in self._groups.items() if group.at_ns >= limit}


def _rate(usage_ns: int, time_ns: int) -> int:
    return usage_ns * _SECOND_NS // time_ns if time_ns > 0 else 0
