"""pod stats: what the containers of pods use."""

from __future__ import annotations

from cli.actions.stats import stats_row, watch
from cli.output.listing import Columns, print_listing
from cli.several_pods import latest_pod
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.containers.inspect.stats import Stats

_SHOWN = (
    ("POD", "Pod"), ("CID", "CID"), ("NAME", "Name"), ("CPU %", "CPU"), ("MEM USAGE/ LIMIT", "MemUsage"), ("MEM %", "Mem"),
    ("NET IO", "NetIO"), ("BLOCK IO", "BlockIO"), ("PIDS", "PIDS"),
)  # fmt: skip
_JSON = tuple(field for _, field in _SHOWN)


def run(call: Call) -> int:
    """Print one sample, or go on until interrupted."""
    pods = Pods(call.engine)
    names = [latest_pod(pods)] if call.flag("latest") else call.arguments

    def show(samples: Sequence[Stats]) -> None:
        print_listing(
            call, [_row(sample) for sample in samples], Columns(_SHOWN, {"MemUsageBytes": "MEM USAGE"}, _JSON)
        )

    return watch(call, lambda before: pods.stats(names, all=call.flag("all"), previous=before), show)


def _row(sample: Stats) -> dict[str, Any]:
    row = stats_row(sample, whole=False)
    return {**row, "Pod": sample.pod_id[:12], "CID": row["ID"], "CPU": row["CPUPerc"], "Mem": row["MemPerc"]}
