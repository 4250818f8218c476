"""pod stats: print what resources the containers of pods use."""

from __future__ import annotations

from cli.actions.stats import stats_row, watch
from cli.output.listing import Columns, print_listing
from cli.targets import latest_pod
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.containers.inspect.stats import Stats

_COLUMNS = (
    ("POD", "Pod"), ("CID", "CID"), ("NAME", "Name"), ("CPU %", "CPU"), ("MEM USAGE/ LIMIT", "MemUsage"), ("MEM %", "Mem"),
    ("NET IO", "NetIO"), ("BLOCK IO", "BlockIO"), ("PIDS", "PIDS"),
)  # fmt: skip
_JSON = ("CPU", "MemUsage", "MemUsageBytes", "Mem", "NetIO", "BlockIO", "PIDS", "Pod", "CID", "Name")


def run(call: Call) -> int:
    """Print samples of the named pods (default: running ones) until interrupted, or one with --no-stream."""
    pods = Pods(call.engine)
    names = [latest_pod(pods)] if call.flag("latest") else call.arguments

    def show(samples: Sequence[Stats]) -> None:
        print_listing(
            call,
            [_row(sample) for sample in reversed(samples)],
            Columns(_COLUMNS, {"MemUsageBytes": "MEM USAGE"}, _JSON),
        )

    return watch(call, lambda before: pods.stats(names, all=call.flag("all"), previous=before), show)


def _row(sample: Stats) -> dict[str, Any]:
    row = stats_row(sample, whole=False, podman=True)
    wanted = {"Pod": sample.pod_id[:12], "CID": row["ID"], "CPU": row["CPUPerc"], "Mem": row["MemPerc"]}
    return {**row, **wanted, "PIDS": str(row["PIDS"])}
