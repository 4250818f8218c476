"""Port forwarding: one poll loop between a client and connections to ports of a pod. Runs in a worker of its own, which has joined
the pod's network namespace.
"""

from __future__ import annotations

import _socket
import contextlib
import errno
import os
import select

from cri_server.streaming.port_forward import AllGone, LinkBytes, LinkEnded, LinkGone, LinkOpened
from pycman.errors import TimedOut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cri_server.streaming.port_forward import ForwardEvent, ForwardWire
    from pycman.pool.connection import Connection

_READ_BYTES = 64 << 10
_FULL_BYTES = 1 << 20
_LOOPBACKS = ((_socket.AF_INET, "127.0.0.1"), (_socket.AF_INET6, "::1"))


class _Link:
    """A connection to a port of the pod: tried over IPv4 first, then over IPv6."""

    def __init__(self, number: int, port: int) -> None:
        self.number = number
        self._port = port
        self._addresses = list(_LOOPBACKS)
        self._socket: _socket.socket | None = None
        self._connecting = False
        self._unsent = bytearray()
        self._client_ended = False
        self.has_ended = False
        """The port has closed its sending half."""
        self.problem = ""

    def open(self) -> None:
        """Begin to connect to the next address."""
        self.close()
        while self._addresses:
            family, host = self._addresses.pop(0)
            try:
                self._socket = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
                self._socket.setblocking(False)
                self._connecting = True
                error = self._socket.connect_ex((host, self._port))
            except OSError as failure:  # a kernel without IPv6
                error = failure.errno or errno.EIO
            if error in (0, errno.EINPROGRESS):
                return
            self._note(error)
        self.close()

    def _note(self, error: int) -> None:
        if not self.problem:
            self.problem = f"port {self._port} of the pod: {os.strerror(error).lower()}"

    def fileno(self) -> int:
        return -1 if self._socket is None else self._socket.fileno()

    @property
    def is_full(self) -> bool:
        return len(self._unsent) > _FULL_BYTES

    @property
    def is_over(self) -> bool:
        """Whether both directions have ended and all bytes are sent."""
        return self._socket is None or (self.has_ended and self._client_ended and not self._unsent)

    def wanted(self, *, read: bool) -> int:
        if self._connecting:
            return select.POLLOUT
        return (select.POLLIN if read and not self.has_ended else 0) | (select.POLLOUT if self._unsent else 0)

    def take(self, events: int) -> bytes:
        """Handle poll events: finish connecting, send, read; return the bytes received from the port."""
        assert self._socket is not None
        if self._connecting:
            error = self._socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
            if error:
                self._note(error)
                self.open()
                return b""
            self._connecting = False
            self.problem = ""
            self._send()
            return b""
        if events & select.POLLOUT:
            self._send()
        if self.has_ended or not events & ~select.POLLOUT:
            return b""
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            self._note(error.errno or errno.EIO)
            self.close()
            return b""
        self.has_ended = not data
        return data

    def send(self, data: bytes) -> None:
        self._unsent += data
        self._send()

    def end(self) -> None:
        self._client_ended = True
        self._send()

    def _send(self) -> None:
        if self._connecting or self._socket is None:
            return
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(bytes(self._unsent[:_READ_BYTES]), _socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            return
        except OSError:
            self._unsent.clear()  # the port has closed the connection; its last bytes can still be read
        if self._client_ended:
            with contextlib.suppress(OSError):
                self._socket.shutdown(_socket.SHUT_WR)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._connecting = False


def forward(client: Connection, wire: ForwardWire, first: bytes, idle_s: float) -> None:
    """Pass bytes until the client closes. Raises Cancelled if it disconnects, TimedOut after `idle_s` without bytes."""
    links: dict[int, _Link] = {}
    try:
        is_open = _apply(wire.receive(first), links, wire)
        while is_open:
            client.send(wire.output())
            is_open = _turn(client, wire, links, idle_s)
        client.send(wire.output())
    finally:
        for link in links.values():
            link.close()


def _turn(client: Connection, wire: ForwardWire, links: dict[int, _Link], idle_s: float) -> bool:
    """Poll once and handle all events; return False when the client has closed."""
    poller = select.poll()
    own = client.fileno()
    full = any(link.is_full for link in links.values())
    poller.register(own, (0 if full else select.POLLIN) | client.wanted)
    by_descriptor = {}
    for link in links.values():
        events = link.wanted(read=not client.is_full)
        if events:
            by_descriptor[link.fileno()] = link
            poller.register(link.fileno(), events)
    ready = poller.poll(idle_s * 1000)
    if not ready:
        raise TimedOut(f"no data for {idle_s:g} s", subject="streaming")
    is_open = True
    for descriptor, events in ready:
        if descriptor == own:
            client.send(b"")
            if events & (select.POLLERR | select.POLLHUP) or (events & select.POLLIN and not full):
                is_open = _apply(wire.receive(client.receive()), links, wire)
        elif by_descriptor[descriptor].fileno() == descriptor:
            _pass_on(by_descriptor[descriptor], events, links, wire)
    return is_open


def _pass_on(link: _Link, events: int, links: dict[int, _Link], wire: ForwardWire) -> None:
    had_ended = link.has_ended
    data = link.take(events)
    if data:
        wire.send(link.number, data)
    if link.has_ended and not had_ended:
        wire.end(link.number)
    _drop_if_over(link, links, wire)


def _drop_if_over(link: _Link, links: dict[int, _Link], wire: ForwardWire) -> None:
    """Close and drop a link that has ended, and report its failure to the client."""
    if link.is_over:
        if link.problem:
            wire.fail(link.number, link.problem)
        link.close()
        links.pop(link.number, None)


def _apply(events: list[ForwardEvent], links: dict[int, _Link], wire: ForwardWire) -> bool:
    """Apply the client's events to the links; return False if the client has closed."""
    for event in events:
        if isinstance(event, AllGone):
            return False
        if isinstance(event, LinkOpened):
            links[event.link] = _Link(event.link, event.port)
            links[event.link].open()
        link = links.get(event.link)
        if link is None:
            continue
        match event:
            case LinkBytes(data=data):
                link.send(data)
            case LinkEnded():
                link.end()
            case LinkGone():
                link.problem = ""
                link.close()
        _drop_if_over(link, links, wire)
    return True
