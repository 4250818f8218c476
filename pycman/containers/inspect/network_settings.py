"""The "NetworkSettings" object of inspect, and "PortBindings" of "HostConfig". Pure."""

from __future__ import annotations

from pycman.containers.inspect.ports import published_ports
from pycman.jsontext import parse_json
from pycman.linux.processes import namespace_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.network import Endpoint, Network
    from pycman.spec.network_attachment import NetworkAttachment
    from pycman.spec.port import PortMapping


def network_settings(
    row: Mapping[str, Any],
    spec: ContainerSpec,
    pairs: Sequence[tuple[Endpoint, Network]],
    *,
    pid: int,
    network_ids: Mapping[str, str] = {},
) -> dict[str, Any]:
    """Return "NetworkSettings".

    `pid` is 0 unless the container has a process, `pairs` are its endpoints with their networks, `network_ids` the ids of others by
    name. The addresses beside
    "Networks" are those of the first network: older scripts read them there.
    """
    own_namespace = bool(pid) and spec.network.kind not in ("host", "container")
    attachments = {attachment.name: attachment for attachment in spec.network.attachments}
    live = {network.name: (endpoint, network) for endpoint, network in pairs}
    first = pairs[0] if pairs else None
    return {
        "Bridge": "",
        "SandboxID": row["id"] if own_namespace else "",
        "SandboxKey": namespace_path(pid, "net") if own_namespace else "",
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "Ports": _ports(row, spec),
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        **_address(row["id"], first),
        "Networks": {
            name: {
                **_endpoint(row["id"], attachments.get(name), live.get(name)),
                "NetworkID": live[name][1].id if name in live else network_ids.get(name, name),
            }
            for name in parse_json(row["networks"])
        },
    }


def endpoint_id(container_id: str, network_id: str) -> str:
    """Return the EndpointID of a container on a network: 64 hexadecimal digits, the same for the same two ids."""
    from pycman.digest import digest_bytes  # only imported for containers that are on a network

    return digest_bytes(f"{container_id}/{network_id}".encode())[7:]


def _ports(row: Mapping[str, Any], spec: ContainerSpec) -> dict[str, Any]:
    ports: dict[str, Any] = {port if "/" in port else f"{port}/tcp": None for port in spec.expose if "-" not in port}
    for container_port, host_ip, host_port in published_ports(parse_json(row["ports"])):
        ports[container_port] = [*(ports.get(container_port) or ()), {"HostIp": host_ip, "HostPort": host_port}]
    return ports


def _address(container_id: str, pair: tuple[Endpoint, Network] | None) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "EndpointID": "",
        "Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "IPAddress": "",
        "IPPrefixLen": 0,
        "IPv6Gateway": "",
        "MacAddress": "",
    }
    if pair is None:
        return fields
    endpoint, network = pair
    fields["EndpointID"] = endpoint_id(container_id, network.id)
    fields["MacAddress"] = endpoint.mac_address
    for address_with_prefix in endpoint.addresses:
        address, _, prefix = address_with_prefix.partition("/")
        names = ("GlobalIPv6Address", "GlobalIPv6PrefixLen") if ":" in address else ("IPAddress", "IPPrefixLen")
        fields[names[0]], fields[names[1]] = address, int(prefix)
    for subnet in network.subnets:
        if not network.internal:
            fields["IPv6Gateway" if ":" in subnet.subnet else "Gateway"] = subnet.gateway
    return fields


def _endpoint(
    container_id: str, attachment: NetworkAttachment | None, pair: tuple[Endpoint, Network] | None
) -> dict[str, Any]:
    requested = {}
    if attachment is not None:
        requested = {"IPv4Address": attachment.ipv4, "IPv6Address": attachment.ipv6}
    address = _address(container_id, pair)
    if attachment is not None and attachment.mac_address:
        address["MacAddress"] = attachment.mac_address
    return {
        **address,
        "IPAMConfig": {key: value for key, value in requested.items() if value} or None,
        "Links": None,
        "Aliases": [*attachment.aliases, container_id[:12]] if attachment else None,
        "DriverOpts": dict(attachment.driver_options) or None if attachment else None,
        "DNSNames": list(pair[0].names) if pair else None,
        "GwPriority": 0,
    }


def port_bindings(ports: Sequence[PortMapping]) -> dict[str, Any]:
    """Return "PortBindings" of "HostConfig": the ports as requested; a "HostPort" of "" is any free one."""
    bindings: dict[str, Any] = {}
    for port in ports:
        for offset in range(port.range_size):
            host = str(port.host_port + offset) if port.host_port else ""
            if port.host_port_last:
                host = f"{port.host_port}-{port.host_port_last}"
            key = f"{port.container_port + offset}/{port.protocol}"
            bindings.setdefault(key, []).append({"HostIp": port.host_ip, "HostPort": host})
    return bindings
