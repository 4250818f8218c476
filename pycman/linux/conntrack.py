"""Connections that the kernel tracks: forget UDP flows that lead to where a port does not lead any more (ctnetlink).

A flow keeps the translation of its first packet for as long as packets come. For TCP that is right; a UDP client that asks again and again
would go on asking a container that is gone, or the host itself, where nobody listens. So whoever changes where a UDP port leads forgets
the flows to other places: the next packet is a first one again.

Attributes are those of linux/netfilter/nfnetlink_conntrack.h.
"""

from __future__ import annotations

import errno
import struct

from pycman.linux.links import list_addresses
from pycman.linux.netlink import NLM_F_DUMP, Netlink, attribute, attributes, nested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_NETLINK_NETFILTER = 12
_GET, _DELETE = 0x101, 0x102
_TUPLE_ORIG, _TUPLE_REPLY, _ZONE, _FILTER = 1, 2, 18, 25
_TUPLE_IP, _TUPLE_PROTO = 1, 2
_SOURCES, _DESTINATIONS = (1, 3), (2, 4)
"""CTA_IP_V4_SRC and CTA_IP_V6_SRC; CTA_IP_V4_DST and CTA_IP_V6_DST."""
_PROTO_NUM, _PROTO_DST_PORT = 1, 3
_FILTER_ORIG_FLAGS, _FILTER_REPLY_FLAGS = 1, 2
_BY_PROTOCOL_AND_PORT = 1 << 3 | 1 << 5
_AF_INET, _AF_INET6 = 2, 10
_UDP = 17
_MISSING = (errno.EPROTONOSUPPORT, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM)
"""What a kernel without connection tracking over netlink answers, or one that forbids it here."""


class UdpPort:
    """A UDP port at a packed `address`, b"" for every address of this host, and the packed addresses of its targets now."""

    def __init__(self, address: bytes, port: int, targets: Collection[bytes]) -> None:
        self.address = address
        self.port = port
        self.targets = frozenset(targets)


def forget_udp_flows(ports: Iterable[UdpPort]) -> int:
    """Forget the flows of this network namespace through the ports to other addresses than their targets; return how many.

    Does nothing on a kernel without netlink access to connection tracking.
    """
    forgotten = 0
    own: set[bytes] | None = None
    with Netlink(_NETLINK_NETFILTER) as netlink:
        for port in ports:
            try:
                flows = [flow for family in (_AF_INET, _AF_INET6) for flow in _flows(netlink, family, port.port)]
            except OSError as error:
                if error.errno in _MISSING:
                    return forgotten
                raise
            if flows and own is None:
                own = _own_addresses()
            for family, parts in flows:
                if _is_stale(parts, port, own or set()):
                    forgotten += _forget(netlink, family, parts)
    return forgotten


def _flows(netlink: Netlink, family: int, port: int) -> list[tuple[int, dict[int, bytes]]]:
    """Return family and attributes of the UDP flows to a port. Kernels before 5.8 ignore the filter: others are skipped here."""
    protocol = nested(
        _TUPLE_PROTO, attribute(_PROTO_NUM, bytes((_UDP,))), attribute(_PROTO_DST_PORT, struct.pack(">H", port))
    )
    body = struct.pack(">BBH", family, 0, 0) + nested(_TUPLE_ORIG, protocol)
    flags = attribute(_FILTER_ORIG_FLAGS, struct.pack("=I", _BY_PROTOCOL_AND_PORT))
    body += nested(_FILTER, flags, attribute(_FILTER_REPLY_FLAGS, struct.pack("=I", 0)))
    found = []
    for _kind, answer in netlink.ask(_GET, body, NLM_F_DUMP):
        parts = attributes(answer[4:])
        numbers = attributes(attributes(parts.get(_TUPLE_ORIG, b"")).get(_TUPLE_PROTO, b""))
        if numbers.get(_PROTO_NUM) == bytes((_UDP,)) and numbers.get(_PROTO_DST_PORT) == struct.pack(">H", port):
            found.append((family, parts))
    return found


def _own_addresses() -> set[bytes]:
    with Netlink() as netlink:
        return list_addresses(netlink)


def _is_stale(parts: dict[int, bytes], port: UdpPort, own: set[bytes]) -> bool:
    """Say whether a flow was sent to the port and is led to something that is not its target."""
    called = _address(parts[_TUPLE_ORIG], _DESTINATIONS)
    if port.address and called != port.address:
        return False
    if not port.address and called not in own and called[:1] != b"\x7f":
        return False
    return _address(parts.get(_TUPLE_REPLY, b""), _SOURCES) not in port.targets


def _address(flow: bytes, kinds: tuple[int, int]) -> bytes:
    found = attributes(attributes(flow).get(_TUPLE_IP, b""))
    return found.get(kinds[0], b"") or found.get(kinds[1], b"")


def _forget(netlink: Netlink, family: int, parts: dict[int, bytes]) -> int:
    body = struct.pack(">BBH", family, 0, 0) + nested(_TUPLE_ORIG, parts[_TUPLE_ORIG])
    body += attribute(_ZONE, parts[_ZONE]) if _ZONE in parts else b""
    try:
        netlink.change(_DELETE, body)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return 0  # it has just timed out
        raise
    return 1
