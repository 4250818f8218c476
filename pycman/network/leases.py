"""Who has which address: given and taken back in one transaction of the database, so that no two share one."""

from __future__ import annotations

import os

from pycman.errors import InUse, InvalidInput, NoSpace
from pycman.jsontext import format_json, parse_json
from pycman.linux.processes import boot_id
from pycman.network.addresses import format_address, mac_for, parse_address, parse_cidr, parse_mac
from pycman.network.catalogue import default_name, network_of, spec_text
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
    """What one endpoint shall be: the network, what the user fixed, the names DNS answers, its place among the others."""

    def __init__(self, network: Network, attachment: NetworkAttachment, names: Sequence[str], position: int) -> None:
        self.network = network
        self.attachment = attachment
        self.names = tuple(names)
        self.position = position


def lease(session: Session, container_id: str, requests: Sequence[EndpointRequest]) -> list[Endpoint]:
    """Give a container its endpoints, all or none; what it had from an earlier try is given back first.

    Raises InvalidInput (address outside), InUse (address taken, subnet routed elsewhere), NoSpace (no address left).
    """
    with session.db.transaction():
        session.db.change(
            "DELETE FROM endpoints WHERE container_id = ? AND network_id IN"
            f" ({', '.join('?' * len(requests))})", (container_id, *(wish.network.id for wish in requests)),
        )  # fmt: skip
        return [_lease_one(session, container_id, wish) for wish in requests]


def release(session: Session, container_id: str, network_id: str = "") -> bool:
    """Take a container's endpoints (or one) and its port bindings back; False if there was nothing."""
    with session.db.transaction():
        if network_id:
            return bool(
                session.db.change(
                    "DELETE FROM endpoints WHERE container_id = ? AND network_id = ?", (container_id, network_id)
                )
            )
        found = session.db.change("DELETE FROM endpoints WHERE container_id = ?", (container_id,))
        found += session.db.change("DELETE FROM port_bindings WHERE container_id = ?", (container_id,))
        return bool(found)


def endpoints_of(session: Session, container_id: str) -> list[Endpoint]:
    """Return a container's endpoints in order; none unless it is started."""
    rows = session.db.rows("SELECT * FROM endpoints WHERE container_id = ? ORDER BY position", (container_id,))
    return [endpoint_of(session, row) for row in rows]


def endpoint_of(session: Session, row: Any) -> Endpoint:
    """Return the endpoint a row is of, with its addresses: IPv4 first."""
    found = session.db.rows(
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
        addresses=tuple(f"{each['address']}/{each['prefix']}" for each in found),
        names=tuple(parse_json(row["names"])),
    )


def _lease_one(session: Session, container_id: str, wish: EndpointRequest) -> Endpoint:
    row = session.db.row("SELECT * FROM networks WHERE id = ?", (wish.network.id,))
    if row is None:
        raise InUse("the network was removed meanwhile", subject=wish.network.name)
    network = _settle_clash(session, network_of(row))
    attachment = wish.attachment
    addresses = [
        (parse_cidr(subnet.subnet), _address(session, network, subnet, attachment))
        for subnet in _subnets(network, attachment)
    ]
    texts = [format_address(block.version, value) for block, value in addresses]
    host_interface = f"veth{container_id[:8]}-{wish.position}" if network.driver == "bridge" else ""
    endpoint = Endpoint(
        container_id=container_id,
        network_id=network.id,
        position=wish.position,
        interface=attachment.interface_name or _free_interface(session, container_id, wish.position, network),
        host_interface=host_interface,
        mac_address=_mac(attachment, texts),
        addresses=tuple(f"{text}/{block.prefix}" for text, (block, _) in zip(texts, addresses, strict=True)),
        names=wish.names,
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
    """Return the subnets an endpoint gets an address from: one of each family, the one with the address wished for."""
    found: dict[int, Subnet] = {}
    for version, wanted, flag in ((4, attachment.ipv4, "--ip"), (6, attachment.ipv6, "--ip6")):
        own = [subnet for subnet in network.subnets if parse_cidr(subnet.subnet).version == version]
        if wanted:
            address = parse_address(wanted, f"{flag} {wanted}")
            own = [each for each in own if parse_cidr(each.subnet).contains(*address)]
            if not own:
                subnets = ", ".join(subnet.subnet for subnet in network.subnets) or "no subnet"
                raise InvalidInput(
                    f"not an address of network {network.name}, which has {subnets}", subject=f"{flag} {wanted}"
                )
        if own:
            found[version] = own[0]
    return [found[version] for version in sorted(found)]


def _address(session: Session, network: Network, subnet: Subnet, attachment: NetworkAttachment) -> int:
    block = parse_cidr(subnet.subnet)
    wanted = attachment.ipv4 if block.version == 4 else attachment.ipv6
    if not wanted:
        return _next_free(session, network, subnet, block)
    flag = f"{'--ip' if block.version == 4 else '--ip6'} {wanted}"
    value = parse_address(wanted)[1]
    low, high = block.usable()
    if not low <= value <= high or (subnet.gateway and value == parse_address(subnet.gateway)[1]):
        raise InUse("the address belongs to the network itself", subject=flag, hint="choose another address")
    holder = _holder(session, network, format_address(block.version, value))
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
    """Return the next free address after the one given last, so that an address just freed rests for a while."""
    low, high = block.usable()
    start = parse_address(subnet.range_start)[1] if subnet.range_start else low
    end = parse_address(subnet.range_end)[1] if subnet.range_end else high
    start, end = max(start, low), min(end, high)
    gateway = parse_address(subnet.gateway)[1] if subnet.gateway else -1
    key = (network.id, subnet.subnet)
    last = session.db.value("SELECT last_address FROM address_pools WHERE network_id = ? AND subnet = ?", key)
    value = parse_address(last)[1] if last else start - 1
    for _ in range(min(end - start + 1, _SEARCH_LIMIT)):
        value = value + 1 if start <= value + 1 <= end else start
        text = format_address(block.version, value)
        if value != gateway and session.db.value(
            "SELECT 1 FROM addresses WHERE network_id = ? AND address = ?", (network.id, text)
        ) is None:  # fmt: skip
            session.db.change("INSERT OR REPLACE INTO address_pools VALUES (?, ?, ?)", (*key, text))
            return value
    raise NoSpace(
        f"no address of {subnet.subnet} is free",
        subject=f"network {network.name}",
        hint="remove containers, or make a network with a larger subnet",
    )


def _settle_clash(session: Session, network: Network) -> Network:
    """Return a bridge network whose subnets the host does not route elsewhere by now; the default one may move away.

    Looked at only for the first container, before the bridge is there. Raises InUse.
    """
    if network.driver != "bridge" or session.db.value(
        "SELECT 1 FROM endpoints WHERE network_id = ? LIMIT 1", (network.id,)
    ):
        return network
    routed = host_blocks(without=[network.interface])
    for subnet in network.subnets:
        block = parse_cidr(subnet.subnet)
        clash = next(((other, name) for other, name in routed if block.overlaps(other)), None)
        if clash is None:
            continue
        if network.name == default_name(session):
            return _move_default(session, network)
        raise InUse(
            f"its subnet {block} overlaps {clash[0]}, which this host reaches over {clash[1] or 'another route'}",
            subject=f"network {network.name}",
            hint="remove the network and make it with another subnet",
        )
    return network


def _move_default(session: Session, network: Network) -> Network:
    from pycman.network.choose import plan_default  # only when somebody else took its subnet

    moved = network.replace(subnets=plan_default(session, network.name).subnets)
    session.db.change("UPDATE networks SET spec = ? WHERE id = ?", (spec_text(moved), network.id))
    session.db.change("DELETE FROM address_pools WHERE network_id = ?", (network.id,))
    return moved
