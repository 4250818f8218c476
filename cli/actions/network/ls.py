"""network ls: list networks."""

from __future__ import annotations

from cli.output.docker_networks import BRIDGE, default_name, fixed_id, rows_without_network, shown
from cli.output.inspected_keys import with_keys_of
from cli.output.listing import Columns, print_ids, print_listing
from cli.output.words import ago, labels_text
from pycman.network.podman_shape import network_object
from pycman.spec.network import Network
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cli.call import Call

_COLUMNS = (("NETWORK ID", "ID"), ("NAME", "Name"), ("DRIVER", "Driver"), ("SCOPE", "Scope"))
_HEADINGS = {"IPv4": "IPV4", "IPv6": "IPV6", "Internal": "INTERNAL", "Labels": "LABELS", "CreatedAt": "CREATED AT"}
_JSON = ("CreatedAt", "Driver", "ID", "IPv4", "IPv6", "Internal", "Labels", "Name", "Scope")


def run(call: Call) -> int:
    """Print the listing; --quiet prints ids, or when called as podman names."""
    default = default_name(call)
    filters = [
        (key, default if key == "name" and value == BRIDGE and default else value)
        for key, value in call.pairs("filter")
    ]
    networks = call.engine.networks.list(filters)
    whole = call.flag("no-trunc")
    rows = _rows(call, networks, whole=whole)
    if call.flag("quiet"):
        print_ids([row["ID" if call.habits.network_ids else "Name"] for row in rows])
        return 0
    columns = _COLUMNS if call.habits.network_scope else _COLUMNS[:3]
    print_listing(call, rows, Columns(columns, _HEADINGS, _JSON), lambda: _objects(networks))
    return 0


def _rows(call: Call, networks: Sequence[Network], *, whole: bool) -> list[dict[str, Any]]:
    """Return the rows by name; under docker's habits with those of bridge, host and none."""
    default = default_name(call)
    rows = [{**_row(network, whole=whole), "Name": shown(network.name, default)} for network in networks]
    if default:
        for name, driver in rows_without_network(call.pairs("filter")):
            rows.append(
                _row(Network(id=fixed_id(name), name=name, driver=driver, interface="", created_at_ns=0), whole=whole)
            )
    return sorted(rows, key=lambda row: str(row["Name"])) if default else rows


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
    return [with_keys_of("podman", "network", network_object(network)) for network in networks]
