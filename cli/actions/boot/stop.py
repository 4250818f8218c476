"""boot stop: stop the containers and pods that start with the host, before it ends."""

from __future__ import annotations

from cli.main import fail_softly
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Stop them, print each name; return the worst status."""
    status = 0
    for result in Pods(call.engine).stop_for_shutdown():
        if result.error is not None:
            status = max(status, fail_softly(result.error, call.command))
        else:
            call.print(result.name)
    return status
