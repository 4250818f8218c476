"""Bridges and what the kernel has to allow for them, in the network namespace of this process."""

from __future__ import annotations

from pycman.contexts import contextmanager, suppress
from pycman.errors import Unavailable
from pycman.linux.links import add_address, create_bridge, find_link, forward_ipv6, set_sysctl
from pycman.linux.netlink import Netlink
from pycman.network.addresses import pack_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.network.reconcile.desired import Bridge


def make_bridge(bridge: Bridge) -> None:
    """Create a bridge with its addresses, or what is missing of it. Raises Unavailable."""
    try:
        with Netlink() as netlink:
            index = create_bridge(netlink, bridge.interface, mtu=bridge.mtu, vlan=bridge.vlan)
            for gateway in bridge.gateways:
                address, _, prefix = gateway.partition("/")
                add_address(netlink, index, pack_address(address), int(prefix))
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise Unavailable(
            f"its bridge {bridge.interface} cannot be made: {reason}", subject=f"network {bridge.name}"
        ) from error
    # lets the host reach published ports at 127.0.0.1; the table keeps containers from the host's loopback
    _set_sysctl(f"net/ipv4/conf/{bridge.interface}/route_localnet", "1")
    ignore_routers(bridge.interface)


def ignore_routers(interface: str) -> None:
    """Have this namespace take no router advertisements from a bridge, one without IPv6 subnets too: there is no router on it but the host, and a
    container would lead the IPv6 traffic of the host, or of others, through itself (CVE-2020-13401).
    """
    with suppress(OSError):  # no IPv6 in this kernel, or nothing below /proc/sys can be changed
        set_sysctl(f"net/ipv6/conf/{interface}/accept_ra", "0")


def enable_forwarding(*, ipv6: bool) -> None:
    """Have the kernel forward packets between interfaces. Raises Unavailable."""
    _set_sysctl("net/ipv4/ip_forward", "1")
    if ipv6:
        with _explained("net.ipv6.conf.all.forwarding", "1"):
            forward_ipv6()


def interface_exists(interface: str) -> bool:
    """Say whether this network namespace has an interface of that name."""
    with Netlink() as netlink:
        return bool(find_link(netlink, interface))


def _set_sysctl(name: str, value: str) -> None:
    """Set a sysctl of this network namespace, unless it has the value already. Raises Unavailable."""
    with _explained(name.replace("/", "."), value):
        set_sysctl(name, value)


@contextmanager
def _explained(name: str, value: str) -> Iterator[None]:
    """Raise Unavailable with the command that would set a sysctl if it cannot be set here."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"it cannot be set: {(error.strerror or '').lower()}",
            subject=name,
            hint=f"as root: sysctl -w {name}={value}",
        ) from error
