"""buildx du: what the cache of builds takes."""

from __future__ import annotations

import time

from cli.output.listing import Columns, print_listing
from cli.output.words import ago, human_size
from pycman.build.cache.prune import select_entries
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_COLUMNS = (("ID", "ID"), ("RECLAIMABLE", "Reclaimable"), ("SIZE", "Size"), ("LAST ACCESSED", "LastUsedAt"))
_VERBOSE = (*_COLUMNS, ("USAGE", "UsageCount"), ("TYPE", "Type"), ("DESCRIPTION", "Description"))
_HEADINGS = {"CreatedAt": "CREATED AT", "UsageCount": "USAGE", "Type": "TYPE", "Description": "DESCRIPTION"}
_JSON = ("CreatedAt", "Description", "ID", "LastUsedAt", "Reclaimable", "Size", "Type", "UsageCount")


def run(call: Call) -> int:
    """Print the listing, then sums."""
    entries = select_entries(call.engine.images.build_cache(), call.pairs("filter"))
    now = time.time_ns()
    rows = [
        {
            "ID": entry.id[:25],
            "Reclaimable": str(not entry.in_use).lower(),
            "Size": human_size(entry.size_bytes),
            "LastUsedAt": ago(entry.used_at_ns, now),
            "CreatedAt": format_rfc3339(entry.created_at_ns),
            "UsageCount": entry.uses,
            "Type": "regular" if entry.kind == "step" else "exec.cachemount",
            "Description": entry.text,
        }
        for entry in entries
    ]
    print_listing(call, rows, Columns(_VERBOSE if call.flag("verbose") else _COLUMNS, _HEADINGS, _JSON))
    if not call.string("format"):
        free = sum(entry.size_bytes for entry in entries if not entry.in_use)
        call.print(f"Reclaimable:\t{human_size(free)}")
        call.print(f"Total:\t\t{human_size(sum(entry.size_bytes for entry in entries))}")
    return 0
