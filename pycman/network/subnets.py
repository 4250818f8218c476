"""Subnets: validate one, choose a free one. Never one that overlaps a route of the host or another network."""

from __future__ import annotations

from pycman.errors import InUse, InvalidInput, NoSpace
from pycman.linux.links import list_links, list_routes
from pycman.linux.netlink import Netlink
from pycman.network.addresses import Cidr, format_address, from_packed, parse_address, parse_cidr
from pycman.spec.network import Subnet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

POOLS: tuple[Mapping[str, Any], ...] = tuple({"base": f"10.{second}.0.0/16", "size": 24} for second in range(80, 88))
"""Pools of free subnets, outside of those of docker (172.17 to 172.31, 192.168) and podman (10.88 to 10.255)."""
DEFAULT_SUBNET = "10.79.0.0/16"
"""Subnet of the default network, if it is free; 10.88.0.0/16 is left to podman."""
SLIRP_SUBNET = "10.0.2.0/24"
_SPECIAL = (
    ("0.0.0.0/8", "this host (RFC 1122)"),
    ("127.0.0.0/8", "the loopback interface"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "future use (RFC 1112)"),
    ("::/8", "the loopback interface and mapped addresses"),
    ("fe80::/10", "single links"),
    ("ff00::/8", "multicast"),
)
"""Blocks that no network can use, and what they are reserved for (RFC 6890)."""


def host_blocks(*, without: Iterable[str] = ()) -> list[tuple[Cidr, str]]:
    """Return the host's routes as (destination, interface); not those over `without`, loopback and link-local ones."""
    with Netlink() as netlink:
        names = {index: name for name, index in list_links(netlink).items()}
        routes = list_routes(netlink)
    skipped = frozenset((*without, "lo"))
    blocks = [(from_packed(packed, prefix), names.get(index, "")) for packed, prefix, index in routes]
    return [(block, name) for block, name in blocks if name not in skipped and not _is_link_local(block)]


def _is_link_local(block: Cidr) -> bool:
    return block.version == 6 and block.first >> 118 == 0xFE80 >> 6 or block.version == 6 and block.first >> 120 == 0xFF


def choose_subnet(
    taken: Sequence[Cidr], pools: Sequence[Mapping[str, Any]] = (), *, first: str = "", offset: int = 0
) -> str:
    """Return `first` if it is free, else a free IPv4 subnet of the pools. Raises NoSpace. Pure.

    The search begins `offset` subnets from the start of the pools and goes round.
    """
    for block in _candidates(pools or POOLS, first, offset):
        if not any(block.overlaps(other) for other in taken):
            return str(block)
    raise NoSpace("no free subnet is left", subject="networks", hint="remove networks, or name one with --subnet")


def _candidates(pools: Sequence[Mapping[str, Any]], first: str, offset: int) -> Iterator[Cidr]:
    if first:
        yield parse_cidr(first)
    bases = [(parse_cidr(str(pool["base"]), "default_subnet_pools"), int(pool["size"])) for pool in pools]
    bases = [(base, prefix) for base, prefix in bases if base.version == 4 and base.prefix <= prefix <= 30]
    count = sum(1 << (prefix - base.prefix) for base, prefix in bases)
    for number in range(count):
        at = (number + offset) % count
        for base, prefix in bases:
            size = 1 << (prefix - base.prefix)
            if at < size:
                yield Cidr(version=4, first=base.first + (at << (32 - prefix)), prefix=prefix)
                break
            at -= size


def choose_ipv6_subnet(network_id: str, taken: Sequence[Cidr]) -> str:
    """Return a free unique local /64 (RFC 4193) with digits of the network's id as global id. Raises NoSpace. Pure."""
    for offset in range(len(network_id) - 14):
        value = (0xFD << 56) | int(network_id[offset : offset + 14], 16)
        block = Cidr(version=6, first=value << 64, prefix=64)
        if not any(block.overlaps(other) for other in taken):
            return str(block)
    raise NoSpace("no free IPv6 subnet was found", subject="networks", hint="name one with --subnet")


def complete_subnet(subnet: Subnet, *, internal: bool = False, routed: bool = True) -> Subnet:
    """Return a validated subnet with a gateway, by default its first address. Raises InvalidInput. Pure.

    `routed` is whether the bridge is the gateway; an `internal` network that is not routed has none.
    """
    subject = f"--subnet {subnet.subnet}"
    block = parse_cidr(subnet.subnet, subject, exact=True)
    if block.size < 4:
        raise InvalidInput(
            "too small for a gateway and a container", subject=subject, hint="give it at least 4 addresses"
        )
    for text, purpose in _SPECIAL:
        if block.overlaps(parse_cidr(text)):
            raise InvalidInput(f"{text} is reserved for {purpose}", subject=subject, hint="choose another subnet")
    gateway = subnet.gateway
    if gateway:
        version, value = parse_address(gateway, f"--gateway {gateway}")
        if not block.contains(version, value):
            raise InvalidInput(f"not in the subnet {block}", subject=f"--gateway {gateway}")
        low, high = block.usable()
        if not low <= value <= high:
            raise InvalidInput(f"it is the network or broadcast address of {block}", subject=f"--gateway {gateway}")
    elif routed or not internal:
        gateway = format_address(block.version, block.usable()[0])
    for bound in (subnet.range_start, subnet.range_end):
        if bound and not block.contains(*parse_address(bound, f"--ip-range {bound}")):
            raise InvalidInput(f"not in the subnet {block}", subject=f"--ip-range {bound}")
    reserved = {name: _reserved(block, name, text) for name, text in subnet.reserved.items()}
    if subnet.range_start and subnet.range_end:
        start, end = parse_address(subnet.range_start), parse_address(subnet.range_end)
        if start > end:
            raise InvalidInput(
                "its end is before its start", subject=f"--ip-range {subnet.range_start}-{subnet.range_end}"
            )
    return subnet.replace(subnet=str(block), gateway=gateway, reserved=reserved)


def _reserved(block: Cidr, name: str, text: str) -> str:
    """Return the address that is reserved under a name, in its usual form. Raises InvalidInput for one outside the subnet."""
    version, value = parse_address(text, f"--aux-address {name}={text}")
    if not block.contains(version, value):
        raise InvalidInput(f"not in the subnet {block}", subject=f"--aux-address {name}={text}")
    return format_address(version, value)


def refuse_overlaps(
    subnets: Sequence[Subnet], networks: Sequence[tuple[str, str]], host: Sequence[tuple[Cidr, str]]
) -> None:
    """Raise InUse if a subnet overlaps one of `networks` (subnet, name) or of the `host`'s routes, InvalidInput if two
    of `subnets` overlap. Pure.
    """
    for number, subnet in enumerate(subnets):
        block = parse_cidr(subnet.subnet)
        subject = f"--subnet {subnet.subnet}"
        for other in subnets[:number]:
            if block.overlaps(parse_cidr(other.subnet)):
                raise InvalidInput(f"it overlaps the other subnet {other.subnet}", subject=subject)
        for text, name in networks:
            if block.overlaps(parse_cidr(text)):
                raise InUse(f"it overlaps {text} of network {name}", subject=subject, hint="choose another subnet")
        for other_block, interface in host:
            if block.overlaps(other_block):
                raise InUse(
                    f"it overlaps {other_block}, which this host reaches over {interface or 'a route of its own'}",
                    subject=subject,
                    hint="choose another subnet",
                )
