"""TCP ports of the relay: a connection to a target for each caller, and what is on its way between the two (tcp(7))."""

from __future__ import annotations

import _socket
import errno
import select
import struct

from pycman.contexts import suppress
from pycman.network.relay.targets import Targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.network.relay.loop import Loop

_CHUNK_BYTES = 1 << 16
_MOST_PENDING_BYTES = 1 << 18
_SYN_RETRIES = 3
"""A target that does not answer is given up after some 15 seconds."""
_TCP_NODELAY, _TCP_SYNCNT = 1, 7
_SO_LINGER_NOW = struct.pack("=ii", 1, 0)
_LATER = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINPROGRESS)


class StreamPort:
    """A listening TCP socket."""

    def __init__(self, loop: Loop, socket: _socket.socket) -> None:
        self._loop = loop
        self._socket = socket
        self._targets = Targets((), "")
        self._streams: set[Stream] = set()
        self._accepts = True
        loop.watch(socket.fileno(), select.EPOLLIN, self._accept)

    def lead_to(self, targets: Sequence[tuple[str, int]], choice: str) -> None:
        """Lead new connections to these targets; those that exist stay."""
        self._targets = Targets(targets, choice)

    def close(self) -> None:
        """Close the port, and reset its connections: their container is not reached in this way any more."""
        self._loop.forget(self._socket.fileno())
        self._socket.close()
        for stream in list(self._streams):
            stream.abort()

    def sweep(self) -> None:
        """Accept again after the limit of open descriptors was reached."""
        if not self._accepts:
            self._accepts = True
            self._loop.watch(self._socket.fileno(), select.EPOLLIN, self._accept)

    def _accept(self, _events: int) -> None:
        try:
            descriptor, address = self._socket._accept()  # type: ignore[attr-defined]
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self._accepts = False
                self._loop.watch(self._socket.fileno(), 0, self._accept)
            return
        client = _socket.socket(fileno=descriptor)
        try:
            Stream(self._loop, client, self._targets.for_client(address[0]), self._streams)
        except OSError:  # one that was reset at once, or no room to watch it: the relay goes on for the others
            client.close()


class _Side:
    """One of the two sockets of a stream; `pending` is what has to be written to it."""

    def __init__(self, socket: _socket.socket) -> None:
        socket.setblocking(False)
        for level, option in ((_socket.SOL_SOCKET, _socket.SO_KEEPALIVE), (_socket.IPPROTO_TCP, _TCP_NODELAY)):
            socket.setsockopt(level, option, 1)
        self.socket = socket
        self.pending = bytearray()
        self.ended = False
        """It has sent its last byte."""
        self.shut = False
        """It was told that nothing more will come."""


class Stream:
    """A caller's connection and the one to its target."""

    def __init__(
        self, loop: Loop, client: _socket.socket, targets: list[tuple[str, int]], streams: set[Stream]
    ) -> None:
        """`streams` is where it is found until it ends."""
        self._loop = loop
        self._streams = streams
        self._client = _Side(client)
        self._target: _Side | None = None
        self._left = targets
        streams.add(self)
        self._connect_next()

    def abort(self) -> None:
        """Reset both connections."""
        for side in (self._client, self._target):
            if side is not None:
                with suppress(OSError):
                    side.socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, _SO_LINGER_NOW)
        self._close()

    def _close(self) -> None:
        for side in (self._client, self._target):
            if side is not None and side.socket.fileno() >= 0:
                self._loop.forget(side.socket.fileno())
                side.socket.close()
        self._streams.discard(self)

    def _connect_next(self) -> None:
        """Begin to connect to the next target; without one reset the caller's connection."""
        if self._target is not None:
            self._loop.forget(self._target.socket.fileno())
            self._target.socket.close()
            self._target = None
        while self._left:
            target = self._left.pop(0)
            try:
                family = _socket.AF_INET6 if ":" in target[0] else _socket.AF_INET
                socket = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
            except OSError:
                break
            self._target = _Side(socket)
            socket.setsockopt(_socket.IPPROTO_TCP, _TCP_SYNCNT, _SYN_RETRIES)
            if socket.connect_ex(target) in (0, *_LATER):
                self._loop.watch(socket.fileno(), select.EPOLLOUT, self._connected)
                return
            socket.close()
            self._target = None
        self.abort()

    def _connected(self, _events: int) -> None:
        target = self._target
        assert target is not None
        try:
            if target.socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR):
                self._connect_next()
            else:
                self._watch()
        except OSError:
            self.abort()

    def _watch(self) -> None:
        """Watch each socket for what can be done with it now; close both when nothing is left to do."""
        client, target = self._client, self._target
        assert target is not None
        for side, other in ((client, target), (target, client)):
            if other.ended and not side.pending and not side.shut:
                side.shut = True
                with suppress(OSError):
                    side.socket.shutdown(_socket.SHUT_WR)
        if client.ended and target.ended and not client.pending and not target.pending:
            self._close()
            return
        for side, other in ((client, target), (target, client)):
            events = select.EPOLLOUT if side.pending else 0
            if not side.ended and len(other.pending) < _MOST_PENDING_BYTES:
                events |= select.EPOLLIN
            if side.ended and not side.pending:
                self._loop.forget(side.socket.fileno())  # else a connection closed by both sides is always ready
            else:
                self._loop.watch(side.socket.fileno(), events, self._handler_of(side))

    def _handler_of(self, side: _Side) -> Callable[[int], None]:
        return lambda events: self._go_on(side, events)

    def _go_on(self, side: _Side, events: int) -> None:
        target = self._target
        assert target is not None
        other = target if side is self._client else self._client
        try:
            if side.pending and events & (select.EPOLLOUT | select.EPOLLHUP | select.EPOLLERR):
                self._write(side)
            if not side.ended and events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._read(side, other)
            self._watch()
        except OSError:
            self.abort()

    def _read(self, side: _Side, other: _Side) -> None:
        try:
            data = side.socket.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        if not data:
            side.ended = True
        elif other.pending:
            other.pending += data
        else:
            other.pending += data[_send(other.socket, data) :]

    def _write(self, side: _Side) -> None:
        del side.pending[: _send(side.socket, side.pending)]


def _send(socket: _socket.socket, data: bytes | bytearray) -> int:
    try:
        return socket.send(data)
    except BlockingIOError:
        return 0
