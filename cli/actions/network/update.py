"""network update: change a network's name servers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Add --dns-add and remove --dns-drop, and print the network's name."""
    name = call.arguments[0]
    call.engine.networks.update(name, dns_add=call.values("dns-add"), dns_drop=call.values("dns-drop"))
    call.print(name)
    return 0
