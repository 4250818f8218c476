"""history: list the steps an image was built in."""

from __future__ import annotations

from cli.output.listing import Columns, print_ids, print_listing
from cli.output.words import ago, cut, human_size, utc_time
from cli.specs.platform import check_platform
from cli.targets import image_meant
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.images.make.history import HistoryEntry

_COLUMNS = (
    ("IMAGE", "ID"),
    ("CREATED", "CreatedSince"),
    ("CREATED BY", "CreatedBy"),
    ("SIZE", "Size"),
    ("COMMENT", "Comment"),
)
_JSON = ("Comment", "CreatedAt", "CreatedBy", "CreatedSince", "ID", "Size")


def run(call: Call) -> int:
    """Print the steps, newest first."""
    check_platform(call, call.arguments)
    whole, human = call.flag("no-trunc"), call.flag("human", True)
    entries = call.engine.images.history(image_meant(call, call.arguments[0]))
    ids = [
        (f"sha256:{entry.id}" if whole else entry.id[:12]) if entry.id and "missing" not in entry.id else "<missing>"
        for entry in entries
    ]
    if call.flag("quiet"):
        print_ids(ids)
        return 0
    rows = []
    for image_id, entry in zip(ids, entries, strict=True):
        created_by = " ".join(entry.created_by.split())
        created_at = utc_time(entry.created_at_ns) if call.habits.utc_history else format_rfc3339(entry.created_at_ns)
        rows.append(
            {
                "ID": image_id,
                "CreatedSince": ago(entry.created_at_ns) if human else format_rfc3339(entry.created_at_ns),
                "Created": ago(entry.created_at_ns),
                "CreatedAt": created_at,
                "CreatedBy": created_by if whole else cut(created_by, 45),
                "Size": human_size(entry.size_bytes) if human else str(entry.size_bytes),
                "Comment": entry.comment,
                "Tags": list(entry.tags),
            }
        )
    print_listing(call, rows, Columns(_COLUMNS, {"CreatedAt": "CREATED AT"}, _JSON), lambda: _objects(entries))
    return 0


def _objects(entries: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    from cli.output.podman import history_object  # only imported when called as podman with --format json

    return [
        history_object(entry, entry.id if entry.id and "missing" not in entry.id else "<missing>") for entry in entries
    ]
