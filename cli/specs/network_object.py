"""The flags of network create into a NetworkSpec."""

from __future__ import annotations

from cli.specs.pairs import parse_labels
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.network import NetworkSpec, Route, Subnet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_REFUSED = ("aux-address", "config-from", "config-only", "ingress")


def network_spec(call: Call) -> NetworkSpec:
    """Return what the flags ask for. Raises InvalidInput, Unsupported."""
    for name in _REFUSED:
        if call.given(name):
            raise Unsupported("there is no such thing here", subject=f"--{name}", hint="leave it out")
    if call.text("scope", "local") != "local":
        raise InvalidInput("networks are of this host only", subject=f"--scope {call.text('scope')}", hint="use local")
    driver = call.text("driver", "bridge")
    ipam_driver = call.text("ipam-driver").replace("default", "")
    if ipam_driver not in ("", "host-local", "none"):
        raise Unsupported("no such driver", subject=f"--ipam-driver {ipam_driver}", hint="use host-local or none")
    subnets = _subnets(call)
    return NetworkSpec(
        name=call.arguments[0] if call.arguments else "",
        driver=driver,
        interface=call.text("interface-name"),
        subnets=subnets,
        ipv6=call.switch("ipv6"),
        internal=call.switch("internal"),
        dns_enabled=not call.switch("disable-dns"),
        dns_servers=tuple(call.words("dns")),
        routes=tuple(_route(word) for word in call.words("route")),
        options=_options(call.words("opt")),
        labels=parse_labels(call.words("label")),
        ipam_driver=ipam_driver,
    )


def _options(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key:
            raise InvalidInput("not an option", subject=f"--opt {word}", hint="write it as KEY=VALUE")
        found[key] = value if equals else "true"
    return found


def _subnets(call: Call) -> tuple[Subnet, ...]:
    """Return the subnets, the first gateway and range going with the first one, and so on."""
    subnets, gateways, ranges = call.words("subnet"), call.words("gateway"), call.words("ip-range")
    for words, name in ((gateways, "gateway"), (ranges, "ip-range")):
        if len(words) > len(subnets):
            raise InvalidInput(
                "it needs a subnet", subject=f"--{name} {words[len(subnets)]}", hint="name one with --subnet"
            )
    found = []
    for number, text in enumerate(subnets):
        start, end = _range(ranges[number]) if number < len(ranges) else ("", "")
        gateway = gateways[number] if number < len(gateways) else ""
        found.append(Subnet(subnet=text, gateway=gateway, range_start=start, range_end=end))
    return tuple(found)


def _range(text: str) -> tuple[str, str]:
    """Return first and last address of FIRST-LAST or of CIDR."""
    first, dash, last = text.partition("-")
    if dash:
        return first, last
    from pycman.network.addresses import format_address, parse_cidr  # for this rare flag only

    block = parse_cidr(text, f"--ip-range {text}")
    low, high = block.usable()
    return format_address(block.version, low), format_address(block.version, high)


def _route(text: str) -> Route:
    parts = text.split(",")
    if len(parts) not in (2, 3) or (len(parts) == 3 and not parts[2].isdigit()):
        raise InvalidInput("not a route", subject=f"--route {text}", hint="write it as SUBNET,GATEWAY[,METRIC]")
    return Route(destination=parts[0], gateway=parts[1], metric=int(parts[2]) if len(parts) == 3 else 0)
