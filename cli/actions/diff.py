"""diff: list what containers changed in their root file systems."""

from __future__ import annotations

from cli.targets import containers_meant, for_each
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.call import Call
    from pycman.storage.diff import Change

_JSON_NAMES = {"A": "added", "C": "changed", "D": "deleted"}


def run(call: Call) -> int:
    """Print the changes of each container."""
    return for_each(
        call,
        containers_meant(call),
        lambda name: print_changes(call, call.engine.containers.diff(name)),
        print_name=False,
    )


def print_changes(call: Call, changes: Sequence[Change]) -> None:
    """Print one line for each change (A, C or D and the path), or one JSON object."""
    if call.string("format") == "json":
        paths: dict[str, list[str]] = {}
        for change in changes:
            paths.setdefault(_JSON_NAMES[change.kind], []).append(change.path)
        call.print(format_json(paths))
        return
    for change in changes:
        call.print(f"{change.kind} {change.path}")
