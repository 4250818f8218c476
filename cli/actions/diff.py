"""diff: what containers changed in their images."""

from __future__ import annotations

from cli.targets import each, names_of
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call
    from pycman.storage.diff import Change

_JSON_NAMES = {"A": "added", "C": "changed", "D": "deleted"}


def run(call: Call) -> int:
    """Print the changes of each."""
    return each(call, names_of(call), lambda n: print_changes(call, call.engine.containers.diff(n)), print_name=False)


def print_changes(call: Call, changes: Sequence[Change]) -> None:
    """Print a line a change, or one JSON object."""
    if call.string("format") == "json":
        found: dict[str, list[str]] = {}
        for change in changes:
            found.setdefault(_JSON_NAMES[change.kind], []).append(change.path)
        call.print(format_json(found))
        return
    for change in changes:
        call.print(f"{change.kind} {change.path}")
