"""system df: print the disk space that images, containers and volumes take."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from cli.output.words import human_size
from pycman.errors import InvalidInput
from pycman.system.disk_usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.build.cache.usage import CacheEntry

_COLUMNS = (
    ("TYPE", "Type"),
    ("TOTAL", "TotalCount"),
    ("ACTIVE", "Active"),
    ("SIZE", "Size"),
    ("RECLAIMABLE", "Reclaimable"),
)
_JSON = ("Active", "Reclaimable", "Size", "TotalCount", "Type")


def run(call: Call) -> int:
    """Print one line of totals for each kind, or with --verbose every object."""
    if call.flag("verbose"):
        from cli.output.disk_usage import print_details  # only for a report people read

        if call.string("format") and call.habits.df_format_excludes:
            raise InvalidInput("cannot combine --format and --verbose flags", hint="give one of them")
        print_details(call, call.engine.system.disk_usage())
        return 0
    usage = call.engine.system.disk_usage()
    totals = [("Images", usage.images), ("Containers", usage.containers), ("Local Volumes", usage.volumes)]
    if call.habits.df_has_builds:
        totals.append(("Build Cache", builds_total(call.engine.images.build_cache())))
    rows = [_row(call, name, total) for name, total in totals]
    print_listing(call, rows, Columns(_COLUMNS, {}, tuple(rows[0]) if call.habits.json_array else _JSON))
    return 0


def builds_total(entries: Sequence[CacheEntry]) -> Usage:
    """Return the line of the cache of builds: a step whose layer an image has takes nothing more."""
    alone = sum(entry.size_bytes for entry in entries if not entry.in_use)
    return Usage(
        kind="Build Cache",
        total=len(entries),
        active=sum(entry.in_use for entry in entries),
        size_bytes=alone,
        reclaimable_bytes=alone,
    )


def _row(call: Call, name: str, total: Any) -> dict[str, Any]:
    percent = 100 * total.reclaimable_bytes // (total.size_bytes or 1)
    share = f" ({percent}%)" if total.size_bytes or call.habits.percent_of_nothing else ""
    return {
        "Type": name,
        "Total": total.total,
        "Active": total.active,
        "RawSize": total.size_bytes,
        "RawReclaimable": total.reclaimable_bytes,
        "TotalCount": total.total,
        "Size": human_size(total.size_bytes),
        "Reclaimable": human_size(total.reclaimable_bytes) + share,
    }
