"""TCP ports of the relay: a connection to a target for each caller, and what is on its way between the two (tcp(7))."""

from __future__ import annotations

import _socket
import errno
import select
import struct

from pycman.contexts import suppress
from pycman.network.relay.direction import Direction
from pycman.network.relay.targets import Targets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.network.relay.callers import Callers
    from pycman.network.relay.loop import Loop
    from pycman.network.relay.pipes import Pipes

_MOST_AT_ONCE = 64
_TCP_NODELAY = 1
_SO_LINGER_NOW = struct.pack("=ii", 1, 0)


class StreamPort:
    """A listening TCP socket."""

    def __init__(self, loop: Loop, socket: _socket.socket, callers: Callers, pipes: Pipes) -> None:
        self._loop = loop
        self._socket = socket
        self._callers = callers
        self._pipes = pipes
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
        for _ in range(_MOST_AT_ONCE):
            try:
                descriptor, address = self._socket._accept()  # type: ignore[attr-defined]
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._accepts = False
                    self._loop.watch(self._socket.fileno(), 0, self._accept)
                return
            client = _socket.socket(fileno=descriptor)
            targets = self._targets.for_client(address[0])
            try:
                Stream(
                    self._loop,
                    client,
                    address,
                    targets,
                    callers=self._callers,
                    pipes=self._pipes,
                    streams=self._streams,
                )
            except OSError:  # one that was reset at once, or no room to watch it: the relay goes on for the others
                client.close()


class _Side:
    """One of the two sockets of a stream, and the directions from it and to it."""

    def __init__(self, socket: _socket.socket) -> None:
        _set_up(socket)
        self.socket = socket
        self.sends: Direction
        self.gets: Direction
        self.watched = -1
        """The events that the loop waits for, -1 for none and no end either."""
        self.hung = False
        """Both of its directions are closed, which the loop would report again and again."""


class Stream:
    """A caller's connection and the one to its target."""

    def __init__(
        self,
        loop: Loop,
        client: _socket.socket,
        caller: tuple[Any, ...],
        targets: list[tuple[str, int]],
        *,
        callers: Callers,
        pipes: Pipes,
        streams: set[Stream],
    ) -> None:
        """`caller` is the client's address, `streams` where the stream is found until it ends. Raises OSError."""
        self._loop = loop
        self._callers = callers
        self._pipes = pipes
        self._streams = streams
        self._caller = caller
        self._client = _Side(client)
        self._target: _Side | None = None
        self._left = targets
        streams.add(self)
        try:
            self._connect_next()
        except OSError:
            self._close()
            raise

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
                if self._target is not None:
                    side.sends.close()
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
                socket = self._callers.connect(self._caller, target)
            except OSError:
                break
            if socket is not None:
                self._join(_Side(socket))
                return
        self.abort()

    def _join(self, target: _Side) -> None:
        client, self._target = self._client, target
        client.sends = target.gets = Direction(client.socket, target.socket, self._pipes)
        client.gets = target.sends = Direction(target.socket, client.socket, self._pipes)
        if _is_connected(target.socket):
            self._watch()
        else:
            self._loop.watch(target.socket.fileno(), select.EPOLLOUT, self._connected)

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
        if client.sends.told and client.gets.told:
            self._close()
            return
        for side, handler in ((client, self._serve_client), (target, self._serve_target)):
            events = select.EPOLLOUT if side.gets.waits else 0
            if not side.sends.ended and not side.sends.waits:
                events |= select.EPOLLIN
            if not events and side.hung:
                events = -1
            if events != side.watched:
                side.watched = events
                if events < 0:
                    self._loop.forget(side.socket.fileno())
                else:
                    self._loop.watch(side.socket.fileno(), events, handler)

    def _serve_client(self, events: int) -> None:
        self._go_on(self._client, events)

    def _serve_target(self, events: int) -> None:
        assert self._target is not None
        self._go_on(self._target, events)

    def _go_on(self, side: _Side, events: int) -> None:
        try:
            if events & select.EPOLLOUT:
                side.gets.write()
            if events & (select.EPOLLIN | select.EPOLLHUP) and not side.sends.ended and not side.sends.waits:
                side.sends.read()  # of a connection that was reset first what came before
            if events & select.EPOLLHUP:
                side.hung = True
                if side.sends.ended and side.socket.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR):
                    self.abort()
                    return
            self._watch()
        except OSError:
            self.abort()


def _is_connected(socket: _socket.socket) -> bool:
    """Say whether a target has answered, as one on this machine often has at once."""
    try:
        socket.getpeername()
    except OSError:
        return False
    return True


def _set_up(socket: _socket.socket) -> None:
    socket.setblocking(False)
    for level, option in ((_socket.SOL_SOCKET, _socket.SO_KEEPALIVE), (_socket.IPPROTO_TCP, _TCP_NODELAY)):
        socket.setsockopt(level, option, 1)
