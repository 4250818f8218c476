"""network disconnect: take a container off a network."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Take it off."""
    network, container = call.arguments
    call.engine.networks.disconnect(container, network, force=call.flag("force"))
    return 0
