"""network disconnect: disconnect a container from a network."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Disconnect the container, at once if it runs."""
    network, container = call.arguments
    call.engine.networks.disconnect(container, network, force=call.flag("force"))
    return 0
