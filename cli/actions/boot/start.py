"""boot start: start the containers and pods that start with the host."""

from __future__ import annotations

from cli.main import fail_softly
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Start them in their order, print each name; return the worst status. What restarts on failure follows by itself."""
    status = 0
    for result in Pods(call.engine).start_at_boot():
        if result.error is not None:
            status = max(status, fail_softly(result.error, call.command))
        else:
            call.print(result.name)
    call.engine.containers.list(all=True)  # which finishes what the end of the host has left of the others
    return status
