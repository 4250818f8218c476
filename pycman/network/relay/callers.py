"""Connections to containers under the address of who called, as if there were no relay between them (ip(7), IP_TRANSPARENT).

    caller ──▶ host:8080 │ relay: from the caller's address ──▶ 10.79.0.2:80
                         │ table: replies are marked ◀── to the caller's address
                         │ policy routing: what is marked is delivered here, to the relay

This needs the shared network namespace of a rootless store. A container sees callers from the host's loopback as slirp4netns
shows them, under HOST_ADDRESS, which it cannot confuse with its own loopback. The relay's own address is seen where there is
no other way: the caller has another family than the container, or an address of one of the store's networks.
"""

from __future__ import annotations

import _socket
import errno

from pycman.contexts import suppress
from pycman.linux.local_delivery import deliver_marked
from pycman.linux.netlink import Netlink
from pycman.network.relay.marks import CALLERS_MARK, REPLIES_MARK
from pycman.network.rootless.addresses import GUEST_ADDRESS, HOST_ADDRESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SYN_RETRIES = 3
"""A target that does not answer is given up after some 15 seconds."""
_TCP_SYNCNT = 7
_SO_MARK = 36
_TRANSPARENT = {_socket.AF_INET: (0, 19), _socket.AF_INET6: (41, 75)}
"""Level and option: IP_TRANSPARENT, IPV6_TRANSPARENT."""
_LATER = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS)
_PORT_TAKEN = (errno.EADDRINUSE, errno.EADDRNOTAVAIL)


class Callers:
    """Connects to targets. With `are_shown` the targets see the addresses of callers."""

    def __init__(self, *, are_shown: bool) -> None:
        """Prepare this network namespace for it; without policy routing in the kernel callers are not shown."""
        self._are_shown = are_shown
        if are_shown:
            try:
                with Netlink() as netlink:
                    deliver_marked(netlink, REPLIES_MARK)
            except OSError:
                self._are_shown = False

    def connect(self, caller: tuple[Any, ...], target: tuple[str, int]) -> _socket.socket | None:
        """Return a socket that is connected to a target, or soon will be; None if it refuses or is not reached.

        Raises OSError if there is no socket to be had.
        """
        source = self._shown_address(caller, target) if self._are_shown else ""
        # the caller's own port too, unless another connection of it through another port of the host has that
        for place in ((source, caller[1]), (source, 0)) if source else ():
            socket = _new_socket(target)
            try:
                _speak_as(socket, place)
                result = socket.connect_ex(target)
            except OSError as error:
                result = error.errno or 0
            if result in (0, *_LATER):
                return socket
            socket.close()
            if result not in _PORT_TAKEN:
                break
        socket = _new_socket(target)
        if socket.connect_ex(target) in (0, *_LATER):
            return socket
        socket.close()
        return None

    def _shown_address(self, caller: tuple[Any, ...], target: tuple[str, int]) -> str:
        """Return the address under which a target can see a caller, "" for the relay's own."""
        address = str(caller[0])
        if (
            (":" in address) != (":" in target[0])
            or address == "::1"
            or "%" in address
            or (len(caller) > 3 and caller[3])
        ):
            return ""
        if address.startswith("127."):
            return HOST_ADDRESS
        return "" if _is_on_a_network(address) else address


def _new_socket(target: tuple[str, int]) -> _socket.socket:
    family = _socket.AF_INET6 if ":" in target[0] else _socket.AF_INET
    socket = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK)
    socket.setsockopt(_socket.IPPROTO_TCP, _TCP_SYNCNT, _SYN_RETRIES)
    return socket


def _speak_as(socket: _socket.socket, place: tuple[str, int]) -> None:
    """Bind a socket to an address and port of somebody else. Raises OSError."""
    socket.setsockopt(*_TRANSPARENT[socket.family], 1)
    socket.setsockopt(_socket.SOL_SOCKET, _SO_MARK, CALLERS_MARK)
    socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    socket.bind(place)


def _is_on_a_network(address: str) -> bool:
    """Say whether an address is on a network of the store, whose containers would answer it on their own link."""
    family = _socket.AF_INET6 if ":" in address else _socket.AF_INET
    socket = _socket.socket(family, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
    try:
        with suppress(OSError):  # there is no route: not on a network
            socket.connect((address, 9))  # sends nothing: it chooses the route (udp(7))
            return bool(socket.getsockname()[0] != GUEST_ADDRESS)
        return False
    finally:
        socket.close()
