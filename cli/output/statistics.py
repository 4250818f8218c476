"""What `container checkpoint` and `restore` print for --print-stats: podman's object of times in µs."""

from __future__ import annotations

from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cli.call import Call


def print_statistics(call: Call, name: str, duration_us: int, reports: Sequence[Mapping[str, Any]]) -> None:
    """Print the whole duration under `name`, and the report of each container."""
    found = {name: duration_us, "container_statistics": [dict(report) for report in reports]}
    call.print(format_json(found, indent=4))
