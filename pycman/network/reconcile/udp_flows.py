"""UDP ports and where the table leads them, so that flows to where they led before are forgotten (pycman/linux/conntrack.py)."""

from __future__ import annotations

from pycman.network.addresses import pack_address, version_of
from pycman.network.relay.ports import translated_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pycman.network.reconcile.desired import Desired


def udp_ports(desired: Desired) -> dict[str, str]:
    """Return "ADDRESS PORT" to the addresses that the table leads it to, "" as address for every one of a family. Pure."""
    ports = {}
    for forward in desired.forwards:
        for address in translated_addresses(forward) if forward.protocol == "udp" else ():
            targets = " ".join(target for target in forward.targets if version_of(target) == address.version)
            ports[f"{address.text} {forward.host_port}"] = targets
    for virtual in desired.virtuals:
        if virtual.protocol == "udp":
            ports[f"{virtual.address} {virtual.port}"] = " ".join(virtual.targets)
    return ports


def forget_flows(ports: Mapping[str, str]) -> None:
    """Forget the flows of this network namespace through ports to other targets than those they have now."""
    from pycman.linux.conntrack import UdpPort, forget_udp_flows  # only imported when a UDP port has changed

    changed = []
    for key, targets in ports.items():
        address, _, port = key.partition(" ")
        wildcard = address in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
        packed = [pack_address(target) for target in targets.split()]
        changed.append(UdpPort(b"" if wildcard else pack_address(address), int(port), packed))
    forget_udp_flows(changed)
