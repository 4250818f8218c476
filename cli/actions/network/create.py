"""network create: make a network."""

from __future__ import annotations

from cli.specs.network_object import network_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Make it and print its id (as podman: its name)."""
    made = call.engine.networks.create(network_spec(call), ignore=call.flag("ignore"))
    call.print(made.name if call.program == "podman" else made.id)
    return 0
