"""top: list the processes of a container."""

from __future__ import annotations

import sys

from cli.output.table import layout
from cli.targets import latest_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print a table with the columns of ps(1) that the arguments name."""
    name, descriptors = (
        (latest_container(call), call.arguments) if call.flag("latest") else (call.arguments[0], call.arguments[1:])
    )
    sys.stdout.write(layout(call.engine.containers.top(name, descriptors, inside=call.habits.pids_inside)))
    return 0
