"""The name of this host, and the addresses at which others reach it."""

from __future__ import annotations

import _socket
import os

_PROBES = ((_socket.AF_INET, "192.0.2.1"), (_socket.AF_INET6, "2001:db8::1"))
"""Documentation addresses (RFC 5737, RFC 3849). Connecting a datagram socket sends no packet, the kernel only chooses a source address."""


def node_name() -> str:
    """Return the host's name (uname(2))."""
    return os.uname().nodename


def node_addresses() -> tuple[str, ...]:
    """Return the source addresses of packets to the internet: one for each address family that has a route."""
    addresses = []
    for family, address in _PROBES:
        socket = _socket.socket(family, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        try:
            socket.connect((address, 9))
            addresses.append(str(socket.getsockname()[0]))
        except OSError:
            continue
        finally:
            socket.close()
    return tuple(addresses)


def interface_names() -> list[str]:
    """Return the names of the network interfaces of this process's network namespace, sorted."""
    return [name for _, name in sorted(_socket.if_nameindex(), key=lambda pair: pair[1])]
