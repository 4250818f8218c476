"""The addresses of a checkpointed container, as podman's network.status, and a spec that asks for them again."""

from __future__ import annotations

from pycman.containers.networks.endpoints import endpoints_with_networks
from pycman.errors import InvalidInput
from pycman.network.addresses import parse_address, parse_mac, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.network_attachment import NetworkAttachment
    from pycman.state.session import Session


def network_status(session: Session, container_id: str) -> dict[str, Any]:
    """Return the networks of a running container: {name: {"interfaces": {interface: {"subnets": …, "mac_address": …}}}}."""
    status: dict[str, Any] = {}
    for endpoint, network in endpoints_with_networks(session, container_id):
        subnets = [{"ipnet": address} for address in endpoint.addresses]
        interface = {"subnets": subnets, "mac_address": endpoint.mac_address}
        status[network.name] = {"interfaces": {endpoint.interface: interface}}
    return status


def with_addresses(spec: ContainerSpec, status: Mapping[str, Any], *, address: bool, mac: bool) -> ContainerSpec:
    """Return a spec that asks for the addresses, and the MAC addresses, of a network.status, where it asks for none itself.

    What is not an address in a stranger's file is passed over; without `address` or `mac` the spec's own go too. Pure.
    """
    attachments = tuple(
        _attachment(attachment, status.get(attachment.name), address=address, mac=mac)
        for attachment in spec.network.attachments
    )
    return spec.replace(network=spec.network.replace(attachments=attachments))


def _attachment(attachment: NetworkAttachment, status: Any, *, address: bool, mac: bool) -> NetworkAttachment:
    had = _interface(status)
    addresses = [text for text in _addresses(had) if _is_good(parse_address, text)]
    had_mac = str(had.get("mac_address", ""))
    by_version = {version_of(text): text for text in reversed(addresses)}
    return attachment.replace(
        ipv4=(attachment.ipv4 or by_version.get(4, "")) if address else "",
        ipv6=(attachment.ipv6 or by_version.get(6, "")) if address else "",
        mac_address=(attachment.mac_address or (had_mac if _is_good(parse_mac, had_mac) else "")) if mac else "",
    )


def _is_good(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except InvalidInput:
        return False
    return True


def _interface(status: Any) -> Mapping[str, Any]:
    interfaces = status.get("interfaces") if isinstance(status, dict) else None
    first = next(iter(interfaces.values()), None) if isinstance(interfaces, dict) else None
    return first if isinstance(first, dict) else {}


def _addresses(interface: Mapping[str, Any]) -> list[str]:
    subnets = interface.get("subnets")
    if not isinstance(subnets, list):
        return []
    return [str(subnet.get("ipnet", "")).partition("/")[0] for subnet in subnets if isinstance(subnet, dict)]
