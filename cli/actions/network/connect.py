"""network connect: connect a container to a network."""

from __future__ import annotations

from cli.specs.networks import check_address, check_mac, parse_driver_option
from pycman.errors import Unsupported
from pycman.spec.network_attachment import NetworkAttachment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Connect the container, at once if it runs. Raises Unsupported for flags that have no meaning here."""
    for name in ("link", "link-local-ip"):
        if call.given(name):
            raise Unsupported(
                "links and link-local addresses are not supported", subject=f"--{name}", hint="use --alias or --ip"
            )
    for flag in ("ip", "ip6"):
        if call.string(flag):
            check_address(call.string(flag), f"--{flag}")
    if call.string("mac-address"):
        check_mac(call.string("mac-address"))
    if call.number("gw-priority"):
        raise Unsupported(
            "the default route cannot be moved after creation",
            subject="--gw-priority",
            hint="create the container with it",
        )
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
