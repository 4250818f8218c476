"""Leases of addresses: a container's endpoints and addresses are reserved and released in one transaction each, so that
no two containers get the same address.
"""

from __future__ import annotations

import os

from pycman.errors import InUse, InvalidInput, NoSpace
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import boot_id
from pycman.network.addresses import format_address, mac_for, parse_address, parse_cidr, parse_mac
from pycman.network.catalogue import default_name, format_spec, network_of
from pycman.network.subnets import host_blocks
from pycman.spec.network import Endpoint, Network
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.network.addresses import Cidr
    from pycman.spec.network import Subnet
    from pycman.spec.network_attachment import NetworkAttachment
    from pycman.state.session import Session

_SEARCH_LIMIT = 1 << 16


class EndpointRequest:
    """A request for one endpoint: the network, the user's settings for it, its DNS names, its number among the
    container's.
    """

    def __init__(self, network: Network, attachment: NetworkAttachment, names: Sequence[str], position: int) -> None:
        self.network = network
        self.attachment = attachment
        self.names = tuple(names)
        self.position = position


def lease(session: Session, container_id: str, requests: Sequence[EndpointRequest]) -> list[Endpoint]:
    """Insert a container's endpoints, all or none; those of an earlier try on the same networks are released first.

    A request's `network` is afterwards as it is now: the default one may have got another subnet.

    Raises InvalidInput (address outside of the subnets), InUse (address taken, subnet routed elsewhere), NoSpace.
    """
    with session.db.transaction(durable=False):
        session.db.change(
            "DELETE FROM endpoints WHERE container_id = ? AND network_id IN"
            f" ({', '.join('?' * len(requests))})", (container_id, *(request.network.id for request in requests)),
        )  # fmt: skip
        return [_insert_endpoint(session, container_id, request) for request in requests]


def release(session: Session, container_id: str, network_id: str = "") -> bool:
    """Release a container's endpoints and port bindings, or only its endpoint on one network; False if it had none."""
    with session.db.transaction(durable=False):
        if network_id:
            return bool(
                session.db.change(
                    "DELETE FROM endpoints WHERE container_id = ? AND network_id = ?", (container_id, network_id)
                )
            )
        count = session.db.change("DELETE FROM endpoints WHERE container_id = ?", (container_id,))
        count += session.db.change("DELETE FROM port_bindings WHERE container_id = ?", (container_id,))
        return bool(count)


def endpoints_of(session: Session, container_id: str) -> list[Endpoint]:
    """Return a container's endpoints by position; it has none unless it is started."""
    rows = session.db.rows("SELECT * FROM endpoints WHERE container_id = ? ORDER BY position", (container_id,))
    return [endpoint_of(session, row) for row in rows]


def endpoint_of(session: Session, row: Any) -> Endpoint:
    """Convert a row of the table `endpoints`, with its addresses, IPv4 first."""
    rows = session.db.rows(
        "SELECT address, prefix FROM addresses WHERE container_id = ? AND network_id = ? ORDER BY rowid",
        (row["container_id"], row["network_id"]),
    )
    return Endpoint(
        container_id=row["container_id"],
        network_id=row["network_id"],
        position=row["position"],
        interface=row["interface"],
        host_interface=row["host_interface"],
        mac_address=row["mac_address"],
        addresses=tuple(f"{lease_row['address']}/{lease_row['prefix']}" for lease_row in rows),
        names=tuple(parse_json(row["names"])),
    )


def _insert_endpoint(session: Session, container_id: str, request: EndpointRequest) -> Endpoint:
    row = session.db.row("SELECT * FROM networks WHERE id = ?", (request.network.id,))
    if row is None:
        raise InUse("the network was removed meanwhile", subject=request.network.name)
    network = request.network = _avoid_route_conflict(session, network_of(row))
    attachment = request.attachment
    addresses = [
        (parse_cidr(subnet.subnet), _choose_address(session, network, subnet, attachment))
        for subnet in _subnets(network, attachment)
    ]
    texts = [format_address(block.version, value) for block, value in addresses]
    host_interface = f"veth{container_id[:8]}-{request.position}" if network.driver == "bridge" else ""
    endpoint = Endpoint(
        container_id=container_id,
        network_id=network.id,
        position=request.position,
        interface=attachment.interface_name or _free_interface(session, container_id, request.position, network),
        host_interface=host_interface,
        mac_address=_mac(attachment, texts),
        addresses=tuple(f"{text}/{block.prefix}" for text, (block, _) in zip(texts, addresses, strict=True)),
        names=request.names,
    )
    session.db.change(
        "INSERT INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (container_id, network.id, endpoint.position, endpoint.interface, endpoint.host_interface,
         endpoint.mac_address, format_json(endpoint.names), boot_id()),
    )  # fmt: skip
    for text, (block, _) in zip(texts, addresses, strict=True):
        session.db.change("INSERT INTO addresses VALUES (?, ?, ?, ?)", (network.id, text, block.prefix, container_id))
    return endpoint


def _free_interface(session: Session, container_id: str, position: int, network: Network) -> str:
    """Return eth0, eth1, ..., or the parent's name where containers.conf says so (interface_name) and it is free."""
    taken = {
        row["interface"]
        for row in session.db.rows("SELECT interface FROM endpoints WHERE container_id = ?", (container_id,))
    }
    has_parent = network.driver in ("macvlan", "ipvlan") and network.interface not in ("", *taken)
    if has_parent and containers_conf(session).interface_name == "device":
        return network.interface
    while f"eth{position}" in taken:
        position += 1
    return f"eth{position}"


def _mac(attachment: NetworkAttachment, addresses: Sequence[str]) -> str:
    if attachment.mac_address:
        return parse_mac(attachment.mac_address, f"--mac-address {attachment.mac_address}").hex(":")
    if addresses:
        return mac_for(addresses[0])
    return (b"\x02" + os.urandom(5)).hex(":")


def _subnets(network: Network, attachment: NetworkAttachment) -> list[Subnet]:
    """Return one subnet of each address family for an endpoint: that of the requested address, or the first."""
    by_version: dict[int, Subnet] = {}
    for version, requested, flag in ((4, attachment.ipv4, "--ip"), (6, attachment.ipv6, "--ip6")):
        candidates = [subnet for subnet in network.subnets if parse_cidr(subnet.subnet).version == version]
        if requested:
            address = parse_address(requested, f"{flag} {requested}")
            candidates = [subnet for subnet in candidates if parse_cidr(subnet.subnet).contains(*address)]
            if not candidates:
                subnets = ", ".join(subnet.subnet for subnet in network.subnets) or "no subnet"
                raise InvalidInput(
                    f"not an address of network {network.name}, which has {subnets}", subject=f"{flag} {requested}"
                )
        if candidates:
            by_version[version] = candidates[0]
    return [by_version[version] for version in sorted(by_version)]


def _choose_address(session: Session, network: Network, subnet: Subnet, attachment: NetworkAttachment) -> int:
    block = parse_cidr(subnet.subnet)
    requested = attachment.ipv4 if block.version == 4 else attachment.ipv6
    if not requested:
        return _next_free(session, network, subnet, block)
    flag = f"{'--ip' if block.version == 4 else '--ip6'} {requested}"
    value = parse_address(requested)[1]
    low, high = block.usable()
    if not low <= value <= high or (subnet.gateway and value == parse_address(subnet.gateway)[1]):
        raise InUse(
            "the address is the gateway, network or broadcast address", subject=flag, hint="choose another address"
        )
    text = format_address(block.version, value)
    name = next((name for subnet in network.subnets for name, taken in subnet.reserved.items() if taken == text), None)
    if name is not None:
        raise InUse(f"the address is reserved for {name}", subject=flag, hint="choose another address")
    holder = _holder(session, network, text)
    if holder:
        raise InUse(f"the address is taken by container {holder}", subject=flag, hint="choose another address")
    return value


def _holder(session: Session, network: Network, text: str) -> str:
    row = session.db.row(
        "SELECT c.name FROM addresses a JOIN containers c ON c.id = a.container_id WHERE a.network_id = ? AND a.address = ?",
        (network.id, text),
    )
    return "" if row is None else str(row["name"])


def _next_free(session: Session, network: Network, subnet: Subnet, block: Cidr) -> int:
    """Return the next free address after the one leased last, so that a released address is not reused at once."""
    low, high = block.usable()
    start = parse_address(subnet.range_start)[1] if subnet.range_start else low
    end = parse_address(subnet.range_end)[1] if subnet.range_end else high
    start, end = max(start, low), min(end, high)
    kept = {parse_address(text)[1] for text in (subnet.gateway, *subnet.reserved.values()) if text}
    key = (network.id, subnet.subnet)
    last = session.db.value("SELECT last_address FROM address_pools WHERE network_id = ? AND subnet = ?", key)
    value = parse_address(last)[1] if last else start - 1
    for _ in range(min(end - start + 1, _SEARCH_LIMIT)):
        value = value + 1 if start <= value + 1 <= end else start
        text = format_address(block.version, value)
        if value not in kept and session.db.value(
            "SELECT 1 FROM addresses WHERE network_id = ? AND address = ?", (network.id, text)
        ) is None:  # fmt: skip
            session.db.change("INSERT OR REPLACE INTO address_pools VALUES (?, ?, ?)", (*key, text))
            return value
    raise NoSpace(
        f"no address of {subnet.subnet} is free",
        subject=f"network {network.name}",
        hint="remove containers, or create a network with a larger subnet",
    )


def _avoid_route_conflict(session: Session, network: Network) -> Network:
    """Check that the host has no route of its own to the subnets of a bridge network that has no container yet.

    The default network gets another subnet then; for others InUse is raised. Return the network to use.
    """
    if network.driver != "bridge" or session.db.value(
        "SELECT 1 FROM endpoints WHERE network_id = ? LIMIT 1", (network.id,)
    ):
        return network
    routes = host_blocks(without=[network.interface])
    for subnet in network.subnets:
        block = parse_cidr(subnet.subnet)
        conflict = next(((other, name) for other, name in routes if block.overlaps(other)), None)
        if conflict is None:
            continue
        if network.name == default_name(session):
            return _change_default_subnet(session, network)
        raise InUse(
            f"its subnet {block} overlaps {conflict[0]}, which this host reaches over {conflict[1] or 'another route'}",
            subject=f"network {network.name}",
            hint="remove the network and create it with another subnet",
        )
    return network


def _change_default_subnet(session: Session, network: Network) -> Network:
    from pycman.network.choose import plan_default  # only imported when the host routes the default subnet elsewhere

    moved = network.replace(subnets=plan_default(session, network.name).subnets)
    session.db.change("UPDATE networks SET spec = ? WHERE id = ?", (format_spec(moved), network.id))
    session.db.change("DELETE FROM address_pools WHERE network_id = ?", (network.id,))
    return moved
