"""Networks and published ports as podman shows them: `podman network inspect`, `network ls --format json`, its API, its archives."""

from __future__ import annotations

from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.spec.network import Network, Subnet
    from pycman.spec.port import PortMapping


def network_object(network: Network) -> dict[str, Any]:
    """Return one network as `podman network ls --format json` has it."""
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
    }


def _subnet(subnet: Subnet) -> dict[str, Any]:
    found: dict[str, Any] = {"subnet": subnet.subnet}
    if subnet.gateway:
        found["gateway"] = subnet.gateway
    if subnet.range_start or subnet.range_end:
        found["lease_range"] = {"start_ip": subnet.range_start, "end_ip": subnet.range_end}
    return found


def port_object(port: PortMapping) -> dict[str, Any]:
    """Return a published port (podman's libnetwork/types.PortMapping)."""
    return {
        "host_ip": port.host_ip,
        "container_port": port.container_port,
        "host_port": port.host_port,
        "range": port.range_size,
        "protocol": port.protocol,
    }
