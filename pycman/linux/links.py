"""Network interfaces, their addresses and routes, in the namespace of a `Netlink` socket (rtnetlink(7), ip-link(8)).

Also what only /proc and /sys show of a network namespace: sysctls, the default route, sockets.
"""

from __future__ import annotations

import errno
import os
import struct
import sys

from pycman.linux.files import read_text
from pycman.linux.netlink import (
    NLM_F_CREATE,
    NLM_F_DUMP,
    NLM_F_EXCL,
    attribute,
    attributes,
    is_missing,
    nested,
    number,
    text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.linux.netlink import Netlink

# <linux/rtnetlink.h>
_RTM_NEWLINK, _RTM_DELLINK, _RTM_GETLINK, _RTM_SETLINK = 16, 17, 18, 19
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_RTM_NEWROUTE, _RTM_GETROUTE = 24, 26
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY = 1, 4, 5, 6
_RT_TABLE_MAIN, _RT_TABLE_LOCAL = 254, 255
_RTPROT_STATIC, _RTN_UNICAST = 4, 1
# <linux/if_link.h>
_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINK, _IFLA_MASTER, _IFLA_LINKINFO = 1, 3, 4, 5, 10, 18
_IFLA_NET_NS_FD, _IFLA_AF_SPEC = 28, 26
_INFO_KIND, _INFO_DATA = 1, 2
_INFO_SLAVE_KIND, _INFO_SLAVE_DATA = 4, 5
_BRPORT_MODE = 4
_VETH_INFO_PEER = 1
_MACVLAN_MODE, _IPVLAN_MODE, _VLAN_ID = 1, 1, 1
_BR_VLAN_FILTERING, _BRIDGE_VLAN_INFO = 7, 2
_PVID_UNTAGGED = 0x6
_IFF_UP = 1
_MACVLAN_MODES = {"private": 1, "vepa": 2, "bridge": 4, "passthru": 8}
_IPVLAN_MODES = {"l2": 0, "l3": 1, "l3s": 2}
_IFLA_IFALIAS = 20
_OWN_ALIAS = "pycman"
_OWN_PREFIX = "pyc"
"""Of bridges that were made without an alias, by versions before this one."""
# <linux/if_addr.h>
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST = 1, 2, 4
_IFA_F_NODAD = 0x02
_AF_INET, _AF_INET6, _AF_BRIDGE = 2, 10, 7


def find_link(netlink: Netlink, name: str) -> int:
    """Return the index of an interface; 0 if there is none with this name."""
    try:
        answers = netlink.ask(_RTM_GETLINK, _link_header() + text(_IFLA_IFNAME, name))
    except OSError as error:
        if is_missing(error):
            return 0
        raise
    return int(struct.unpack_from("=i", answers[0][1], 4)[0]) if answers else 0


def list_links(netlink: Netlink) -> dict[str, int]:
    """Return the indexes of all interfaces by name."""
    indexes = {}
    for _kind, body in netlink.ask(_RTM_GETLINK, _link_header(), NLM_F_DUMP):
        name = attributes(body[16:]).get(_IFLA_IFNAME, b"").rstrip(b"\0").decode()
        indexes[name] = int(struct.unpack_from("=i", body, 4)[0])
    return indexes


def create_bridge(netlink: Netlink, name: str, *, mtu: int = 0, mac: bytes = b"", vlan: bool = False) -> int:
    """Create a bridge that is up, and return its index; an existing one is left as it is, but another kind of interface raises
    OSError (its settings would open the host's loopback to its network). `mac` is its address, b"" for a random one.
    """
    data = nested(_INFO_DATA, attribute(_BR_VLAN_FILTERING, b"\1")) if vlan else b""
    body = _link_header(up=True) + text(_IFLA_IFNAME, name)
    body += number(_IFLA_MTU, mtu) if mtu else b""
    body += attribute(_IFLA_ADDRESS, mac) if mac else b""
    body += nested(_IFLA_LINKINFO, text(_INFO_KIND, "bridge"), data)
    try:
        netlink.change(_RTM_NEWLINK, body, NLM_F_CREATE | NLM_F_EXCL)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise
        if _kind_and_alias(netlink, name)[0] != "bridge":
            raise OSError(errno.EEXIST, "there is another interface of this name") from error
        index = find_link(netlink, name)
    else:
        index = find_link(netlink, name)
        netlink.change(_RTM_SETLINK, _link_header(index=index) + text(_IFLA_IFALIAS, _OWN_ALIAS))
    set_up(netlink, index)
    return index


def delete_own_bridge(netlink: Netlink, name: str) -> None:
    """Delete a bridge that `create_bridge` made; nobody else's interface of this name."""
    kind, alias = _kind_and_alias(netlink, name)
    if kind == "bridge" and (alias == _OWN_ALIAS or name.startswith(_OWN_PREFIX)):
        delete_link(netlink, name)


def _kind_and_alias(netlink: Netlink, name: str) -> tuple[str, str]:
    """Return the kind of a virtual interface ("bridge", "veth"; "" for hardware or none) and its alias (ip-link(8))."""
    try:
        answers = netlink.ask(_RTM_GETLINK, _link_header() + text(_IFLA_IFNAME, name))
    except OSError as error:
        if is_missing(error):
            return "", ""
        raise
    found = attributes(answers[0][1][len(_link_header()) :]) if answers else {}
    kind = attributes(found.get(_IFLA_LINKINFO, b"")).get(_INFO_KIND, b"")
    return kind.rstrip(b"\0").decode("latin-1"), found.get(_IFLA_IFALIAS, b"").rstrip(b"\0").decode("latin-1")


def create_veth(
    netlink: Netlink, name: str, *, peer: str, peer_namespace: int, bridge: int, mac: bytes, mtu: int = 0
) -> None:
    """Create a veth pair: `name` here, up and a port of the bridge; `peer` with address `mac` in the namespace of a descriptor, down."""
    size = number(_IFLA_MTU, mtu) if mtu else b""
    far = _link_header() + text(_IFLA_IFNAME, peer) + number(_IFLA_NET_NS_FD, peer_namespace) + size
    far += attribute(_IFLA_ADDRESS, mac) if mac else b""
    body = _link_header(up=True) + text(_IFLA_IFNAME, name) + number(_IFLA_MASTER, bridge) + size
    body += nested(_IFLA_LINKINFO, text(_INFO_KIND, "veth"), nested(_INFO_DATA, attribute(_VETH_INFO_PEER, far)))
    netlink.change(_RTM_NEWLINK, body, NLM_F_CREATE | NLM_F_EXCL)


def set_master(netlink: Netlink, index: int, bridge: int) -> None:
    """Make an interface a port of a bridge, up."""
    netlink.change(_RTM_NEWLINK, _link_header(index=index, up=True) + number(_IFLA_MASTER, bridge))


def set_hairpin(netlink: Netlink, index: int) -> None:
    """Let a port of a bridge send packets back where they came from, as for a container that connects to its own published port."""
    data = nested(_INFO_SLAVE_DATA, attribute(_BRPORT_MODE, b"\1"))
    body = _link_header(index=index) + nested(_IFLA_LINKINFO, text(_INFO_SLAVE_KIND, "bridge"), data)
    netlink.change(_RTM_NEWLINK, body)


def set_vlan(netlink: Netlink, index: int, vlan: int) -> None:
    """Make a bridge's port an untagged member of one VLAN."""
    info = struct.pack("=HH", _PVID_UNTAGGED, vlan)
    body = _link_header(family=_AF_BRIDGE, index=index) + nested(_IFLA_AF_SPEC, attribute(_BRIDGE_VLAN_INFO, info))
    netlink.change(_RTM_SETLINK, body)


def create_child(
    netlink: Netlink, kind: str, name: str, *, parent: int, mode: str, namespace: int, mac: bytes = b"", mtu: int = 0
) -> None:
    """Create a macvlan or ipvlan interface (`kind`) of a parent in the namespace of a descriptor; `mode` "" is the default mode."""
    if kind == "macvlan":
        data = number(_MACVLAN_MODE, _MACVLAN_MODES[mode or "bridge"])
    else:
        data = attribute(_IPVLAN_MODE, struct.pack("=H", _IPVLAN_MODES[mode or "l2"]))
    body = _link_header() + text(_IFLA_IFNAME, name) + number(_IFLA_LINK, parent)
    body += number(_IFLA_NET_NS_FD, namespace) + (number(_IFLA_MTU, mtu) if mtu else b"")
    body += attribute(_IFLA_ADDRESS, mac) if mac and kind == "macvlan" else b""
    body += nested(_IFLA_LINKINFO, text(_INFO_KIND, kind), nested(_INFO_DATA, data))
    netlink.change(_RTM_NEWLINK, body, NLM_F_CREATE | NLM_F_EXCL)


def set_up(netlink: Netlink, index: int) -> None:
    """Bring an interface up."""
    netlink.change(_RTM_NEWLINK, _link_header(index=index, up=True))


def delete_link(netlink: Netlink, name: str) -> bool:
    """Delete an interface; return False if there is none with this name."""
    try:
        netlink.change(_RTM_DELLINK, _link_header() + text(_IFLA_IFNAME, name))
    except OSError as error:
        if is_missing(error):
            return False
        raise
    return True


def add_address(netlink: Netlink, index: int, address: bytes, prefix: int) -> None:
    """Add an address (4 or 16 bytes) to an interface, without duplicate address detection; do nothing if it has it already."""
    family = _family(address)
    body = struct.pack("=BBBBI", family, prefix, _IFA_F_NODAD if family == _AF_INET6 else 0, 0, index)
    body += attribute(_IFA_LOCAL, address) + attribute(_IFA_ADDRESS, address)
    if family == _AF_INET and prefix < 31:
        value = int.from_bytes(address) | ((1 << (32 - prefix)) - 1)
        body += attribute(_IFA_BROADCAST, value.to_bytes(4))
    _add_if_missing(netlink, _RTM_NEWADDR, body)


def add_route(
    netlink: Netlink, index: int, *, destination: bytes = b"", prefix: int = 0, gateway: bytes = b"", metric: int = 0
) -> None:
    """Add a route, or the default route of the gateway's family without `destination`; do nothing if it exists."""
    family = _family(gateway or destination)
    body = struct.pack("=BBBBBBBBI", family, prefix, 0, 0, _RT_TABLE_MAIN, _RTPROT_STATIC, 0, _RTN_UNICAST, 0)
    body += attribute(_RTA_DST, destination) if prefix else b""
    body += attribute(_RTA_GATEWAY, gateway) if gateway else b""
    body += number(_RTA_OIF, index)
    body += number(_RTA_PRIORITY, metric) if metric else b""
    _add_if_missing(netlink, _RTM_NEWROUTE, body)


def list_routes(netlink: Netlink) -> list[tuple[bytes, int, int]]:
    """Return (destination, prefix length, index of the interface) of each route except default and local routes."""
    routes = []
    for family in (_AF_INET, _AF_INET6):
        header = struct.pack("=BBBBBBBBI", family, 0, 0, 0, 0, 0, 0, 0, 0)
        for _kind, body in netlink.ask(_RTM_GETROUTE, header, NLM_F_DUMP):
            prefix, table = body[1], body[4]
            parts = attributes(body[12:])
            if prefix and table != _RT_TABLE_LOCAL and _RTA_DST in parts:
                index = int.from_bytes(parts.get(_RTA_OIF, b""), "little")
                routes.append((parts[_RTA_DST], prefix, index))
    return routes


def list_addresses(netlink: Netlink) -> set[bytes]:
    """Return the addresses of all interfaces, packed."""
    found = set()
    for _kind, body in netlink.ask(_RTM_GETADDR, struct.pack("=BBBBI", 0, 0, 0, 0, 0), NLM_F_DUMP):
        parts = attributes(body[8:])
        found.add(parts.get(_IFA_LOCAL) or parts.get(_IFA_ADDRESS, b""))
    return found


def has_interface(name: str) -> bool:
    """Say whether this network namespace, or the one /sys was mounted in, has an interface (sysfs(5))."""
    return os.path.exists(f"/sys/class/net/{name}")


def default_interface() -> str:
    """Return the interface of the IPv4 default route; "" if there is none."""
    for line in read_text("/proc/self/net/route").splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000":
            return fields[0]
    return ""


def set_sysctl(path: str, value: str) -> None:
    """Set a sysctl by its path below /proc/sys ("net/ipv4/ip_forward"), unless it has the value already. Raises OSError."""
    full = f"/proc/sys/{path}"
    if read_text(full).strip() != value:
        with open(full, "w", encoding="ascii") as file:
            file.write(value)


def forward_ipv6() -> None:
    """Have the kernel forward IPv6 packets, and go on taking routes from routers: an interface that forwards ignores their
    advertisements unless accept_ra is 2, and the host would lose its own way out. Raises OSError.
    """
    folder = "/proc/sys/net/ipv6/conf"
    if read_text(f"{folder}/all/forwarding").strip() == "1":
        return
    for name in os.listdir(folder):
        if name not in ("all", "lo") and read_text(f"{folder}/{name}/accept_ra").strip() == "1":
            set_sysctl(f"net/ipv6/conf/{name}/accept_ra", "2")
    set_sysctl("net/ipv6/conf/all/forwarding", "1")


def bound_udp_sockets() -> set[tuple[bytes, int]]:
    """Return packed addresses and ports of the UDP sockets in this network namespace (proc(5), net/udp and net/udp6)."""
    sockets = set()
    for table in ("udp", "udp6"):
        for line in read_text(f"/proc/self/net/{table}").splitlines()[1:]:
            address, _, port = line.split()[1].partition(":")
            packed = bytes.fromhex(address)  # words of four bytes, each in the host's order
            if sys.byteorder == "little":
                packed = b"".join(packed[at : at + 4][::-1] for at in range(0, len(packed), 4))
            sockets.add((packed, int(port, 16)))
    return sockets


def _add_if_missing(netlink: Netlink, kind: int, body: bytes) -> None:
    try:
        netlink.change(kind, body, NLM_F_CREATE | NLM_F_EXCL)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise


def _family(address: bytes) -> int:
    return _AF_INET if len(address) == 4 else _AF_INET6


def _link_header(*, family: int = 0, index: int = 0, up: bool = False) -> bytes:
    flag = _IFF_UP if up else 0
    return struct.pack("=BBHiII", family, 0, 0, index, flag, flag)
