"""The flags of network create into a NetworkSpec."""

from __future__ import annotations

from cli.specs.pairs import parse_labels
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.network import NetworkSpec, Route, Subnet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.call import Call

_REFUSED = ("aux-address", "config-from", "config-only", "ingress")


def network_spec(call: Call) -> NetworkSpec:
    """Return what the flags ask for. Raises InvalidInput, Unsupported."""
    for name in _REFUSED:
        if call.given(name):
            raise Unsupported("there is no such thing here", subject=f"--{name}", hint="leave it out")
    if call.string("scope", "local") != "local":
        raise InvalidInput(
            "networks are of this host only", subject=f"--scope {call.string('scope')}", hint="use local"
        )
    subnets = _subnets(call)
    return NetworkSpec(
        name=call.arguments[0] if call.arguments else "",
        driver=call.string("driver", "bridge"),
        interface=call.string("interface-name"),
        subnets=subnets,
        ipv6=_ipv6(call, subnets),
        internal=call.flag("internal"),
        dns_enabled=not call.flag("disable-dns"),
        dns_servers=tuple(call.values("dns")),
        routes=tuple(_route(word) for word in call.values("route")),
        options=_options(call.values("opt")),
        labels=parse_labels(call.values("label")),
        ipam_driver=_ipam_driver(call, subnets),
    )


def _ipv6(call: Call, subnets: tuple[Subnet, ...]) -> bool:
    """Return whether IPv6 is to be there besides; without IPv4 it is the subnets that say what there is."""
    if call.flag("ipv4", True):
        return call.flag("ipv6")
    if not subnets or any(":" not in each.subnet for each in subnets):
        raise InvalidInput("IPv6 alone needs its subnets", subject="--ipv4=false", hint="name them with --subnet")
    return False


def _ipam_driver(call: Call, subnets: tuple[Subnet, ...]) -> str:
    name = call.string("ipam-driver")
    if name in ("", "default"):
        return ""
    subject = f"--ipam-driver {name}"
    if name not in ("host-local", "none"):
        raise Unsupported("no such driver", subject=subject, hint="use host-local or none")
    if name == "none" and call.string("driver", "bridge") == "bridge":
        raise Unsupported("containers on a bridge get addresses", subject=subject, hint="use macvlan or ipvlan")
    if name == "none" and subnets:
        raise InvalidInput("it gives no addresses", subject=subject, hint="leave out --subnet")
    return name


def _options(words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not key:
            raise InvalidInput("not an option", subject=f"--opt {word}", hint="write it as KEY=VALUE")
        found[key] = value if equals else "true"
    return found


def _subnets(call: Call) -> tuple[Subnet, ...]:
    """Return the subnets with their gateways and ranges.

    The first gateway goes with the first subnet and so on (podman), unless it lies in another one only (docker).
    """
    subnets = call.values("subnet")
    ranges = [(text, *_range(text)) for text in call.values("ip-range")]
    gateways = [(text, text, "") for text in call.values("gateway")]
    found = [Subnet(subnet=text) for text in subnets]
    for number, (text, address, _) in _placed(gateways, subnets, "gateway"):
        if found[number].gateway:
            raise InvalidInput("the subnet has a gateway already", subject=f"--gateway {text}")
        found[number] = found[number].replace(gateway=address)
    for number, (text, start, end) in _placed(ranges, subnets, "ip-range"):
        if found[number].range_start:
            raise InvalidInput("the subnet has a range already", subject=f"--ip-range {text}")
        found[number] = found[number].replace(range_start=start, range_end=end)
    return tuple(found)


def _placed(
    values: list[tuple[str, str, str]], subnets: list[str], flag: str
) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Yield each (as typed, first address, last address) after the number of its subnet."""
    if not values:
        return
    from pycman.network.addresses import parse_address, parse_cidr  # for these rare flags only

    blocks = [parse_cidr(text, f"--subnet {text}") for text in subnets]
    for number, value in enumerate(values):
        subject = f"--{flag} {value[0]}"
        if not blocks:
            raise InvalidInput("it needs a subnet", subject=subject, hint="name one with --subnet")
        address = parse_address(value[1], subject)
        around = [at for at, block in enumerate(blocks) if block.contains(*address)]
        if not around:
            raise InvalidInput(f"not in the subnet {', '.join(map(str, blocks))}", subject=subject)
        yield (number if number in around else around[0]), value


def _range(text: str) -> tuple[str, str]:
    """Return first and last address of FIRST-LAST or of CIDR."""
    first, dash, last = text.partition("-")
    if dash:
        if not first or not last:
            raise InvalidInput("not a range", subject=f"--ip-range {text}", hint="write it as CIDR or FIRST-LAST")
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
