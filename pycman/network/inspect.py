"""The entry of `network inspect`, with the field names of docker and podman together, and the containers connected now.

Addresses and interfaces are read in the containers' namespaces by pyroute2, which forks a child for that; where they
cannot be read, the entry has those of the database.
"""

from __future__ import annotations

import os

from pycman.digest import digest_bytes
from pycman.linux.processes import boot_id, namespace_path
from pycman.network.addresses import Cidr, format_address, parse_address, parse_cidr
from pycman.network.leases import endpoint_of
from pycman.network.networks import get_network
from pycman.network.podman_shape import network_object
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.network import Endpoint, Network, Subnet
    from pycman.state.session import Session


class ConnectedContainer:
    """One container on the network: its endpoint, and the MAC and IP addresses its interface has now."""

    def __init__(self, name: str, endpoint: Endpoint, mac_address: str, addresses: tuple[str, ...]) -> None:
        self.name = name
        self.endpoint = endpoint
        self.mac_address = mac_address
        self.addresses = addresses


def inspect_network(session: Session, name: str) -> dict[str, Any]:
    """Return the entry of `network inspect`. Raises NotFound."""
    network = get_network(session, name)
    containers = connected_containers(session, network)
    return {**_docker_fields(network, containers), **_podman_fields(network, containers)}


def connected_containers(session: Session, network: Network) -> list[ConnectedContainer]:
    """Return the containers connected to a network in this boot, sorted by name."""
    rows = session.db.rows(
        "SELECT e.*, c.name AS container_name, c.pid, c.pinned FROM endpoints e JOIN containers c ON c.id = e.container_id"
        " WHERE e.network_id = ? AND e.boot_id = ? ORDER BY c.name",
        (network.id, boot_id()),
    )
    if rows and session.rootless:
        session.enter_namespaces()  # without them the kernel denies access to the containers' namespaces
    containers = []
    for row in rows:
        endpoint = endpoint_of(session, row)
        mac_address, addresses = _read_interface(_namespace(session, row), endpoint)
        containers.append(ConnectedContainer(row["container_name"], endpoint, mac_address, addresses))
    return containers


def _namespace(session: Session, row: Any) -> str:
    bundle = session.paths.bundle(row["container_id"])
    return f"{bundle}/ns/net" if row["pinned"] else namespace_path(row["pid"], "net")


def _read_interface(namespace: str, endpoint: Endpoint) -> tuple[str, tuple[str, ...]]:
    """Return MAC and addresses of an interface in a namespace; those of the lease if it cannot be read."""
    from pyroute2 import NetNS  # 200 ms: only imported for networks with containers
    from pyroute2.netlink.exceptions import NetlinkError  # as above

    if not os.path.exists(namespace):
        return endpoint.mac_address, endpoint.addresses
    try:
        with NetNS(namespace, flags=0) as inside:
            indexes = inside.link_lookup(ifname=endpoint.interface)
            if not indexes:
                return "", ()
            link = inside.get_links(indexes[0])[0]
            addresses = [
                f"{entry.get_attr('IFA_ADDRESS')}/{entry['prefixlen']}"
                for entry in inside.get_addr(index=indexes[0])
                if entry["scope"] == 0
            ]
    except (OSError, NetlinkError):
        return endpoint.mac_address, endpoint.addresses
    return str(link.get_attr("IFLA_ADDRESS")), tuple(sorted(addresses, key=lambda address: ":" in address))


def _docker_fields(network: Network, containers: list[ConnectedContainer]) -> dict[str, Any]:
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
        "AuxiliaryAddresses": dict(subnet.reserved),
    }


def _range(subnet: Subnet) -> str:
    """Return the range as docker writes it, a CIDR block; as FIRST-LAST where no block has exactly these addresses."""
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


def _container(network: Network, container: ConnectedContainer) -> dict[str, str]:
    v4 = next((address for address in container.addresses if ":" not in address), "")
    v6 = next((address for address in container.addresses if ":" in address), "")
    return {
        "Name": container.name,
        "EndpointID": digest_bytes(f"{container.endpoint.container_id}/{network.id}".encode())[7:],
        "MacAddress": container.mac_address,
        "IPv4Address": v4,
        "IPv6Address": v6,
    }


def _podman_fields(network: Network, containers: list[ConnectedContainer]) -> dict[str, Any]:
    return {
        **network_object(network),
        "containers": {container.endpoint.container_id: _interfaces(network, container) for container in containers},
    }


def _interfaces(network: Network, container: ConnectedContainer) -> dict[str, Any]:
    gateways = {":" in subnet.subnet: subnet.gateway for subnet in network.subnets}
    subnets = [{"ipnet": address, "gateway": gateways.get(":" in address, "")} for address in container.addresses]
    return {
        "name": container.name,
        "interfaces": {container.endpoint.interface: {"subnets": subnets, "mac_address": container.mac_address}},
    }
