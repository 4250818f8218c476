"""What this host calls itself, and the addresses it is reached at."""

from __future__ import annotations

import _socket
import os

_PROBES = ((_socket.AF_INET, "192.0.2.1"), (_socket.AF_INET6, "2001:db8::1"))
"""Addresses for documentation (RFC 5737, RFC 3849): connecting a datagram socket sends nothing, it only picks a source."""


def node_name() -> str:
    """Return the host's name (uname(2))."""
    return os.uname().nodename


def node_addresses() -> tuple[str, ...]:
    """Return the addresses that packets to the world would come from: one of each family there is a route for."""
    found = []
    for family, address in _PROBES:
        socket = _socket.socket(family, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        try:
            socket.connect((address, 9))
            found.append(str(socket.getsockname()[0]))
        except OSError:
            continue
        finally:
            socket.close()
    return tuple(found)
