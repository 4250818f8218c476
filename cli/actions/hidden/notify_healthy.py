"""__notify_healthy: tell the service manager when a container is healthy, for a `run` that passes its output on."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Wait, then send the message."""
    call.engine.containers.notify_healthy(*call.arguments)
    return 0
