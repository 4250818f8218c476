"""network connect: connect a container to a network."""

from __future__ import annotations

from cli.specs.networks import check_address, check_mac, parse_driver_option
from pycman.spec.network_attachment import NetworkAttachment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Connect the container, at once if it runs. Raises InvalidInput naming the flag."""
    for flag in ("ip", "ip6"):
        if call.string(flag):
            check_address(call.string(flag), f"--{flag}")
    if call.string("mac-address"):
        check_mac(call.string("mac-address"))
    names = [parse_driver_option(option, f"--driver-opt {option}") for option in call.values("driver-opt")]
    network, container = call.arguments
    attachment = NetworkAttachment(
        name=network,
        aliases=tuple(call.values("alias")),
        ipv4=call.string("ip"),
        ipv6=call.string("ip6"),
        mac_address=call.string("mac-address"),
        interface_name=names[-1] if names else "",
    )
    call.engine.networks.connect(container, attachment)
    return 0
