"""Build a NetworkSpec from the flags of `network create`."""

from __future__ import annotations

from cli.specs.pairs import parse_labels
from cli.specs.sizes import is_count
from pycman.errors import InvalidInput, Unsupported
from pycman.network.addresses import format_address, parse_address, parse_cidr
from pycman.spec.network import NetworkSpec, Route, Subnet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.call import Call


def network_spec(call: Call) -> NetworkSpec:
    """Return the spec that the command line asks for. Raises InvalidInput naming the flag."""
    if call.string("scope", "local") != "local":
        raise InvalidInput(
            "networks only exist on this host", subject=f"--scope {call.string('scope')}", hint="use local"
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
        routes=tuple(_route(value) for value in call.values("route")),
        options=_options(call.values("opt")),
        labels=parse_labels(call.values("label")),
        ipam_driver=_ipam_driver(call, subnets),
    )


def _ipv6(call: Call, subnets: tuple[Subnet, ...]) -> bool:
    """Return whether to add an IPv6 subnet. With --ipv4=false the --subnet values must all be IPv6, and none is added."""
    if call.flag("ipv4", True):
        return call.flag("ipv6")
    if not subnets or any(":" not in subnet.subnet for subnet in subnets):
        raise InvalidInput("IPv6 alone needs its subnets", subject="--ipv4=false", hint="name them with --subnet")
    return False


def _ipam_driver(call: Call, subnets: tuple[Subnet, ...]) -> str:
    """Return --ipam-driver, "" for the default one. Raises Unsupported, InvalidInput."""
    name = call.string("ipam-driver")
    if name in ("", "default"):
        return ""
    subject = f"--ipam-driver {name}"
    if name not in ("host-local", "none"):
        raise Unsupported("no such driver", subject=subject, hint="use host-local or none")
    if name == "none" and call.string("driver", "bridge") == "bridge":
        raise Unsupported("containers on a bridge get addresses", subject=subject, hint="use macvlan or ipvlan")
    if name == "none" and subnets:
        raise InvalidInput("this driver assigns no addresses", subject=subject, hint="leave out --subnet")
    return name


def _options(values: list[str]) -> dict[str, str]:
    options = {}
    for option in values:
        key, equals, value = option.partition("=")
        if not key:
            raise InvalidInput("not an option", subject=f"--opt {option}", hint="write it as KEY=VALUE")
        options[key] = value if equals else "true"
    return options


def _subnets(call: Call) -> tuple[Subnet, ...]:
    """Return the subnets with their gateways and ranges.

    The first gateway belongs to the first subnet and so on (podman), unless it only lies in another one (docker).
    """
    subnets = call.values("subnet")
    ranges = [(text, *_range(text)) for text in call.values("ip-range")]
    gateways = [(text, text, "") for text in call.values("gateway")]
    result = [Subnet(subnet=text) for text in subnets]
    for number, (text, address, _) in _placed(gateways, subnets, "gateway"):
        if result[number].gateway:
            raise InvalidInput("the subnet has a gateway already", subject=f"--gateway {text}")
        result[number] = result[number].replace(gateway=address)
    for number, (text, start, end) in _placed(ranges, subnets, "ip-range"):
        if result[number].range_start:
            raise InvalidInput("the subnet has a range already", subject=f"--ip-range {text}")
        result[number] = result[number].replace(range_start=start, range_end=end)
    for text in call.values("aux-address"):
        name, equals, address = text.partition("=")
        if not equals or not name:
            raise InvalidInput(
                "not an address with a name", subject=f"--aux-address {text}", hint="write it as NAME=ADDRESS"
            )
        for number, _ in _placed([(text, address, "")], subnets, "aux-address"):
            result[number] = result[number].replace(reserved={**result[number].reserved, name: address})
    return tuple(result)


def _placed(
    values: list[tuple[str, str, str]], subnets: list[str], flag: str
) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Yield (index of the subnet, value) for each value (as typed, first address, last address). Raises InvalidInput."""
    if not values:
        return

    blocks = [parse_cidr(text, f"--subnet {text}") for text in subnets]
    for number, value in enumerate(values):
        subject = f"--{flag} {value[0]}"
        if not blocks:
            raise InvalidInput("it needs a subnet", subject=subject, hint="name one with --subnet")
        address = parse_address(value[1], subject)
        matches = [index for index, block in enumerate(blocks) if block.contains(*address)]
        if not matches:
            raise InvalidInput(f"not in the subnet {', '.join(map(str, blocks))}", subject=subject)
        yield (number if number in matches else matches[0]), value


def _range(text: str) -> tuple[str, str]:
    """Return the first and last address of --ip-range FIRST-LAST or CIDR. Raises InvalidInput."""
    first, dash, last = text.partition("-")
    if dash:
        if not first or not last:
            raise InvalidInput("not a range", subject=f"--ip-range {text}", hint="write it as CIDR or FIRST-LAST")
        return first, last

    block = parse_cidr(text, f"--ip-range {text}")
    low, high = block.usable()
    return format_address(block.version, low), format_address(block.version, high)


def _route(text: str) -> Route:
    parts = text.split(",")
    if len(parts) not in (2, 3) or (len(parts) == 3 and not is_count(parts[2])):
        raise InvalidInput("not a route", subject=f"--route {text}", hint="write it as SUBNET,GATEWAY[,METRIC]")
    return Route(destination=parts[0], gateway=parts[1], metric=int(parts[2]) if len(parts) == 3 else 0)
