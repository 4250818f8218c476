"""network connect: put a container on a network."""

from __future__ import annotations

from cli.specs.networks import check_address, check_mac, parse_driver_option
from pycman.errors import Unsupported
from pycman.spec.network_attachment import NetworkAttachment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Put it there."""
    for name in ("link", "link-local-ip"):
        if call.given(name):
            raise Unsupported("there is no such thing here", subject=f"--{name}", hint="use --alias or --ip")
    for flag in ("ip", "ip6"):
        if call.string(flag):
            check_address(call.string(flag), f"--{flag}")
    if call.string("mac-address"):
        check_mac(call.string("mac-address"))
    if call.number("gw-priority"):
        raise Unsupported(
            "the default route stays where it is", subject="--gw-priority", hint="create the container with it"
        )
    names = [parse_driver_option(word, f"--driver-opt {word}") for word in call.values("driver-opt")]
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
