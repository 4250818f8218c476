"""network create: create a network."""

from __future__ import annotations

from cli.specs.network_object import network_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Create the network and print its id, or when called as podman its name."""
    network = call.engine.networks.create(network_spec(call), ignore=call.flag("ignore"))
    call.print(network.id if call.habits.network_ids else network.name)
    return 0
