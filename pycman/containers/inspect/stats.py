"""The resource usage of containers (`stats`): one sample, and rates from two."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.linux.cgroup.container_usage import Counters, read_counters
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session


class Stats(Record):
    """One sample of one container. Times are ns; a number that the host does not count is None.

    `source` is cgroup, processes (no cgroup of its own: sums over /proc of its live processes) or none. `cpu_percent`
    is of one CPU, over the time since the previous sample, else since its start.
    """

    container_id: str
    name: str
    running: bool = False
    source: str = "none"
    sampled_at_ns: int = 0
    started_at_ns: int = 0
    cpu_ns: int = 0
    cpu_percent: float = 0.0
    average_cpu_percent: float = 0.0
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    memory_percent: float = 0.0
    net_received_bytes: int | None = None
    net_sent_bytes: int | None = None
    block_read_bytes: int | None = None
    block_write_bytes: int | None = None
    pids: int = 0
    pids_limit: int | None = None
    pod_id: str = ""

    @property
    def up_ns(self) -> int:
        """Return for how many ns it has been running, 0 if it is not."""
        return max(0, self.sampled_at_ns - self.started_at_ns) if self.running else 0


def sample_stats(
    session: Session, names: Sequence[str] = (), *, all: bool = False, previous: Sequence[Stats] = ()
) -> list[Stats]:
    """Return one sample of each container named, else of those that run (`all`: of all), newest first.

    `previous` are samples from before, for rates. The sample of a container that does not run is all zeros. Raises
    NotFound.
    """
    if session.rootless:
        session.enter_namespaces()  # /proc shows counters of a user namespace's processes only to its owner
    if names:
        rows = [get_row(session, name) for name in names]
    else:
        rows = session.db.rows(
            "SELECT * FROM containers WHERE row_state = 'ready' AND purpose = '' ORDER BY created_at_ns DESC"
        )
        rows = [row for row in rows if all or states.state_of(session, row) in (states.RUNNING, states.PAUSED)]
    before = {sample.container_id: sample for sample in previous}
    return [_sample(session, row, before.get(row["id"])) for row in rows]


def _sample(session: Session, row: Mapping[str, Any], before: Stats | None) -> Stats:
    running = states.state_of(session, row) in (states.RUNNING, states.PAUSED)
    counters = read_counters(row["pid"], f"pycman-{row['id']}") if running and row["pid"] else Counters()
    now = time.time_ns()
    stats = Stats(
        container_id=row["id"],
        name=row["name"],
        running=running,
        sampled_at_ns=now,
        started_at_ns=row["started_at_ns"],
        pod_id=row["pod_id"],
        memory_percent=percent(counters.memory_bytes, counters.memory_limit_bytes),
        **counters.__dict__,
    )
    return with_rates(stats, before)


def with_rates(stats: Stats, before: Stats | None) -> Stats:
    """Return a sample with its CPU percentages; the sample `before` counts if it is of the same run of the container.

    Pure.
    """
    average = percent(stats.cpu_ns, stats.up_ns)
    current = average
    if before is not None and before.started_at_ns == stats.started_at_ns and before.cpu_ns <= stats.cpu_ns:
        current = percent(stats.cpu_ns - before.cpu_ns, stats.sampled_at_ns - before.sampled_at_ns)
    return stats.replace(cpu_percent=current, average_cpu_percent=average)


def percent(part: int, whole: int) -> float:
    """Return `part` as a percentage of `whole`; 0 if `whole` is 0 (unknown, or no limit)."""
    return part / whole * 100 if whole > 0 else 0.0
