"""What is known of a network, with the containers on it as they are now: docker's names, and podman's beside them.

Addresses and interfaces are read from the containers' own namespaces with pyroute2, by a child that it makes; where that
cannot be done, the database's are shown.
"""

from __future__ import annotations

import os

from pycman.digest import digest_bytes
from pycman.linux.processes import boot_id
from pycman.network.addresses import Cidr, format_address, parse_address, parse_cidr
from pycman.network.catalogue import get_network
from pycman.network.leases import endpoint_of
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.network import Endpoint, Network, Subnet
    from pycman.state.session import Session


class Live:
    """One container on the network: its endpoint, and the addresses its interface has now."""

    def __init__(self, name: str, endpoint: Endpoint, mac_address: str, addresses: tuple[str, ...]) -> None:
        self.name = name
        self.endpoint = endpoint
        self.mac_address = mac_address
        self.addresses = addresses


def inspect_network(session: Session, name: str) -> dict[str, Any]:
    """Return all there is to know of a network. Raises NotFound."""
    network = get_network(session, name)
    containers = live_containers(session, network)
    return {**_dockers(network, containers), **_podmans(network, containers)}


def live_containers(session: Session, network: Network) -> list[Live]:
    """Return the containers that run on a network, by name."""
    rows = session.db.rows(
        "SELECT e.*, c.name AS container_name, c.pid, c.pinned FROM endpoints e JOIN containers c ON c.id = e.container_id"
        " WHERE e.network_id = ? AND e.boot_id = ? ORDER BY c.name",
        (network.id, boot_id()),
    )
    if rows and session.rootless:
        session.enter_namespaces()  # else the containers' namespaces are not ours to look into
    found = []
    for row in rows:
        endpoint = endpoint_of(session, row)
        mac_address, addresses = _read(_namespace(session, row), endpoint)
        found.append(Live(row["container_name"], endpoint, mac_address, addresses))
    return found


def _namespace(session: Session, row: Any) -> str:
    bundle = session.paths.bundle(row["container_id"])
    return f"{bundle}/ns/net" if row["pinned"] else f"/proc/{row['pid']}/ns/net"


def _read(namespace: str, endpoint: Endpoint) -> tuple[str, tuple[str, ...]]:
    """Return MAC and addresses of an interface in a namespace; what was leased where it cannot be read."""
    from pyroute2 import NetNS  # 200 ms: only who looks at containers on a network pays
    from pyroute2.netlink.exceptions import NetlinkError

    if not os.path.exists(namespace):
        return endpoint.mac_address, endpoint.addresses
    try:
        with NetNS(namespace, flags=0) as inside:
            indexes = inside.link_lookup(ifname=endpoint.interface)
            if not indexes:
                return "", ()
            link = inside.get_links(indexes[0])[0]
            addresses = [
                f"{each.get_attr('IFA_ADDRESS')}/{each['prefixlen']}"
                for each in inside.get_addr(index=indexes[0])
                if each["scope"] == 0
            ]
    except (OSError, NetlinkError):
        return endpoint.mac_address, endpoint.addresses
    return str(link.get_attr("IFLA_ADDRESS")), tuple(sorted(addresses, key=lambda text: ":" in text))


def _dockers(network: Network, containers: list[Live]) -> dict[str, Any]:
    return {
        "Name": network.name,
        "Id": network.id,
        "Created": format_rfc3339(network.created_at_ns),
        "Scope": "local",
        "Driver": network.driver,
        "EnableIPv4": any(":" not in subnet.subnet for subnet in network.subnets),
        "EnableIPv6": network.ipv6,
        "IPAM": {
            "Driver": network.ipam_driver or "default",
            "Options": None,
            "Config": [_config(subnet) for subnet in network.subnets],
        },
        "Internal": network.internal,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {container.endpoint.container_id: _container(network, container) for container in containers},
        "Options": dict(network.options),
        "Labels": dict(network.labels),
    }


def _config(subnet: Subnet) -> dict[str, Any]:
    return {
        "Subnet": subnet.subnet,
        "IPRange": _range(subnet) if subnet.range_start or subnet.range_end else "",
        "Gateway": subnet.gateway,
        "AuxiliaryAddresses": {},
    }


def _range(subnet: Subnet) -> str:
    """Return the range as docker has it, the block whose addresses it is; as FIRST-LAST where there is no such block."""
    low, high = parse_cidr(subnet.subnet).usable()
    version, first = (
        parse_address(subnet.range_start) if subnet.range_start else (parse_cidr(subnet.subnet).version, low)
    )
    last = parse_address(subnet.range_end)[1] if subnet.range_end else high
    bits = 32 if version == 4 else 128
    for prefix in range(bits, 0, -1):
        block = Cidr(version=version, first=first >> (bits - prefix) << (bits - prefix), prefix=prefix)
        if (first, last) in (block.usable(), (block.first, block.last)):
            return str(block)
        if block.first < first - 1:
            break
    return f"{format_address(version, first)}-{format_address(version, last)}"


def _container(network: Network, live: Live) -> dict[str, str]:
    v4 = next((address for address in live.addresses if ":" not in address), "")
    v6 = next((address for address in live.addresses if ":" in address), "")
    return {
        "Name": live.name,
        "EndpointID": digest_bytes(f"{live.endpoint.container_id}/{network.id}".encode())[7:],
        "MacAddress": live.mac_address,
        "IPv4Address": v4,
        "IPv6Address": v6,
    }


def _podmans(network: Network, containers: list[Live]) -> dict[str, Any]:
    return {
        "name": network.name,
        "id": network.id,
        "driver": network.driver,
        "network_interface": network.interface,
        "created": format_rfc3339(network.created_at_ns),
        "subnets": [_subnet(subnet) for subnet in network.subnets],
        "routes": [route.to_dict() for route in network.routes],
        "ipv6_enabled": network.ipv6,
        "internal": network.internal,
        "dns_enabled": network.dns_enabled,
        "network_dns_servers": list(network.dns_servers),
        "labels": dict(network.labels),
        "options": dict(network.options),
        "ipam_options": {"driver": network.ipam_driver or ("host-local" if network.subnets else "none")},
        "containers": {container.endpoint.container_id: _interfaces(network, container) for container in containers},
    }


def _subnet(subnet: Subnet) -> dict[str, Any]:
    found: dict[str, Any] = {"subnet": subnet.subnet}
    if subnet.gateway:
        found["gateway"] = subnet.gateway
    if subnet.range_start or subnet.range_end:
        found["lease_range"] = {"start_ip": subnet.range_start, "end_ip": subnet.range_end}
    return found


def _interfaces(network: Network, live: Live) -> dict[str, Any]:
    gateways = {":" in subnet.subnet: subnet.gateway for subnet in network.subnets}
    subnets = [{"ipnet": address, "gateway": gateways.get(":" in address, "")} for address in live.addresses]
    return {
        "name": live.name,
        "interfaces": {live.endpoint.interface: {"subnets": subnets, "mac_address": live.mac_address}},
    }
