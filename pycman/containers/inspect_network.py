"""The "NetworkSettings" object of inspect. Pure."""

from __future__ import annotations

from pycman.containers.port import published_ports
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.network_attachment import NetworkAttachment
    from pycman.spec.port import PortMapping


def network_settings(row: Mapping[str, Any], spec: ContainerSpec, *, pid: int) -> dict[str, Any]:
    """Return NetworkSettings; `pid` is 0 unless the container has a process. Addresses not known are empty."""
    own_namespace = bool(pid) and spec.network.kind not in ("host", "container")
    attachments = {each.name: each for each in spec.network.attachments}
    names = parse_json(row["networks"])
    return {
        "Bridge": "",
        "SandboxID": "",
        "SandboxKey": f"/proc/{pid}/ns/net" if own_namespace else "",
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "Ports": _ports(row, spec),
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        **_address(None),
        "Networks": {name: _endpoint(attachments.get(name)) for name in names},
    }


def _ports(row: Mapping[str, Any], spec: ContainerSpec) -> dict[str, Any]:
    found: dict[str, Any] = {port if "/" in port else f"{port}/tcp": None for port in spec.expose if "-" not in port}
    for inside, host_ip, host_port in published_ports(parse_json(row["ports"])):
        found[inside] = [*(found.get(inside) or ()), {"HostIp": host_ip, "HostPort": host_port}]
    return found


def _address(attachment: NetworkAttachment | None) -> dict[str, Any]:
    return {
        "EndpointID": "",
        "Gateway": "",
        "GlobalIPv6Address": attachment.ipv6 if attachment else "",
        "GlobalIPv6PrefixLen": 0,
        "IPAddress": attachment.ipv4 if attachment else "",
        "IPPrefixLen": 0,
        "IPv6Gateway": "",
        "MacAddress": attachment.mac_address if attachment else "",
    }


def _endpoint(attachment: NetworkAttachment | None) -> dict[str, Any]:
    return {
        **_address(attachment),
        "IPAMConfig": None,
        "Links": None,
        "Aliases": list(attachment.aliases) if attachment else None,
        "DriverOpts": None,
        "NetworkID": attachment.name if attachment else "",
        "DNSNames": None,
        "GwPriority": 0,
    }


def port_bindings(ports: Sequence[PortMapping]) -> dict[str, Any]:
    """Return HostConfig.PortBindings: what was asked for; host port "" is any."""
    found: dict[str, Any] = {}
    for port in ports:
        for offset in range(port.range_size):
            host = str(port.host_port + offset) if port.host_port else ""
            key = f"{port.container_port + offset}/{port.protocol}"
            found.setdefault(key, []).append({"HostIp": port.host_ip, "HostPort": host})
    return found
