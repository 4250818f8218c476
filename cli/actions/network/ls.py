"""network ls: list networks."""

from __future__ import annotations

from cli.output.listing import Columns, print_ids, print_listing
from cli.output.words import ago, labels_text
from pycman.network.podman_shape import network_object
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call
    from pycman.spec.network import Network

_COLUMNS = (("NETWORK ID", "ID"), ("NAME", "Name"), ("DRIVER", "Driver"), ("SCOPE", "Scope"))
_HEADINGS = {"IPv4": "IPV4", "IPv6": "IPV6", "Internal": "INTERNAL", "Labels": "LABELS", "CreatedAt": "CREATED AT"}
_JSON = ("CreatedAt", "Driver", "ID", "IPv4", "IPv6", "Internal", "Labels", "Name", "Scope")


def run(call: Call) -> int:
    """Print the listing; --quiet prints ids, or when called as podman names."""
    networks = call.engine.networks.list(call.pairs("filter"))
    whole = call.flag("no-trunc")
    if call.flag("quiet"):
        ids = [network.id if whole else network.id[:12] for network in networks]
        print_ids(ids if call.habits.network_ids else [network.name for network in networks])
        return 0
    columns = _COLUMNS if call.habits.network_scope else _COLUMNS[:3]
    rows = [_row(network, whole=whole) for network in networks]
    print_listing(call, rows, Columns(columns, _HEADINGS, _JSON), lambda: _objects(networks))
    return 0


def _row(network: Network, *, whole: bool) -> dict[str, Any]:
    labels = dict(network.labels)
    return {
        "ID": network.id if whole else network.id[:12],
        "Name": network.name,
        "Driver": network.driver,
        "Scope": "local",
        "IPv4": str(any(":" not in subnet.subnet for subnet in network.subnets)).lower(),
        "IPv6": str(network.ipv6).lower(),
        "Internal": str(network.internal).lower(),
        "Labels": labels_text(labels),
        "Label": lambda key: labels.get(key, ""),
        "CreatedAt": format_rfc3339(network.created_at_ns),
        "Created": lambda: ago(network.created_at_ns),
        "NetworkInterface": network.interface,
        "Subnets": [{"Subnet": subnet.subnet, "Gateway": subnet.gateway} for subnet in network.subnets],
        "Routes": [route.to_dict() for route in network.routes],
        "IPv6Enabled": network.ipv6,
        "DNSEnabled": network.dns_enabled,
        "NetworkDNSServers": list(network.dns_servers),
        "Options": dict(network.options),
        "IPAMOptions": {"driver": network.ipam_driver or ("host-local" if network.subnets else "none")},
    }


def _objects(networks: Sequence[Network]) -> list[dict[str, Any]]:
    return [network_object(network) for network in networks]
