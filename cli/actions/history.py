"""history: the steps an image was made by."""

from __future__ import annotations

from cli.output.listing import Columns, print_ids, print_listing
from cli.output.words import ago, cut, human_size
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_SHOWN = (
    ("IMAGE", "ID"),
    ("CREATED", "CreatedSince"),
    ("CREATED BY", "CreatedBy"),
    ("SIZE", "Size"),
    ("COMMENT", "Comment"),
)
_JSON = ("Comment", "CreatedAt", "CreatedBy", "CreatedSince", "ID", "Size")


def run(call: Call) -> int:
    """Print them, newest first."""
    whole, human = call.flag("no-trunc"), call.flag("human", True)
    entries = call.engine.images.history(call.arguments[0])
    ids = [
        (f"sha256:{e.id}" if whole else e.id[:12]) if e.id and "missing" not in e.id else "<missing>" for e in entries
    ]
    if call.flag("quiet"):
        print_ids(ids)
        return 0
    rows = []
    for identity, entry in zip(ids, entries, strict=True):
        words = " ".join(entry.created_by.split())
        moment = format_rfc3339(entry.created_at_ns)
        rows.append(
            {
                "ID": identity,
                "CreatedSince": ago(entry.created_at_ns) if human else moment,
                "Created": ago(entry.created_at_ns),
                "CreatedAt": moment,
                "CreatedBy": words if whole else cut(words, 45),
                "Size": human_size(entry.size_bytes) if human else str(entry.size_bytes),
                "Comment": entry.comment,
                "Tags": list(entry.tags),
            }
        )
    print_listing(call, rows, Columns(_SHOWN, {"CreatedAt": "CREATED AT"}, _JSON))
    return 0
