"""Port forwarding over either wire: connections to ports of a pod. Pure.

SPDY        for each connection a stream of streamType error and one of streamType data, with port and requestID
tunnel      the same SPDY in the messages of a WebSocket
WebSocket   ports are known before; of the i-th, channel 2i is the data and 2i + 1 the error, both beginning with the port
"""

from __future__ import annotations

from cri_server.streaming.channels import ChannelMessage, Channels
from cri_server.streaming.spdy_frames import REFUSED_STREAM
from cri_server.streaming.spdy_session import SpdySession, StreamBytes, StreamEnded, StreamOpened, StreamReset
from cri_server.streaming.websocket_frames import WebSocket, WebSocketClosed, WebSocketMessage
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    class ForwardWire(Protocol):
        """The interface of both wires. A link is one connection to a port, identified by a number."""

        def receive(self, data: bytes) -> list[ForwardEvent]:
            """Return what came. Raises SpdyError or WebSocketError."""

        def send(self, link: int, data: bytes) -> None:
            """Send bytes received from the port; do nothing for a link that has been closed."""

        def end(self, link: int) -> None:
            """Report that the port has closed its sending half."""

        def fail(self, link: int, problem: str) -> None:
            """Report that the port cannot be reached, or has broken the connection."""

        def output(self) -> bytes:
            """Return the bytes for the client since the last call."""


class LinkOpened(Record):
    """The client wants a connection to a port."""

    link: int
    port: int


class LinkBytes(Record):
    """Bytes for the port."""

    link: int
    data: bytes


class LinkEnded(Record):
    """The client has closed its sending half of a link."""

    link: int


class LinkGone(Record):
    """The client has reset a link."""

    link: int


class AllGone(Record):
    """The client closed in an orderly way."""


ForwardEvent = LinkOpened | LinkBytes | LinkEnded | LinkGone | AllGone


class _Pair:
    """The ids of the two streams of a connection; -1 for one that is not open yet."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.error = -1
        self.data = -1
        self.early: list[ForwardEvent] = []
        self.halves = 2
        """How many sides have not closed their sending half."""


class SpdyForward:
    """Port forwarding over SPDY; a link is the number of its data stream."""

    def __init__(self) -> None:
        self._session = SpdySession()
        self._pairs: dict[str, _Pair] = {}
        self._links: dict[int, _Pair] = {}

    def receive(self, data: bytes) -> list[ForwardEvent]:
        """Return what came. Raises SpdyError."""
        found: list[ForwardEvent] = []
        for event in self._session.receive(data):
            match event:
                case StreamOpened(stream_id=stream_id, headers=headers):
                    self._open(stream_id, headers, found)
                case StreamBytes(stream_id=stream_id, data=piece):
                    self._tell(LinkBytes(link=stream_id, data=piece), found)
                case StreamEnded(stream_id=stream_id):
                    self._tell(LinkEnded(link=stream_id), found)
                case StreamReset(stream_id=stream_id):
                    self._tell(LinkGone(link=stream_id), found)
        return found

    def _open(self, stream_id: int, headers: Mapping[str, str], found: list[ForwardEvent]) -> None:
        kind, text = headers.get("streamtype", ""), headers.get("port", "")
        port = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
        if kind not in ("error", "data") or not 0 < port < 1 << 16:
            self._session.reset(stream_id, REFUSED_STREAM)
            return
        # clients from before request ids open the error stream, and then the data stream, which is the next
        name = headers.get("requestid") or str(stream_id if kind == "error" else stream_id - 2)
        pair = self._pairs.setdefault(name, _Pair(port))
        if getattr(pair, kind) >= 0 or pair.port != port:
            self._session.reset(stream_id, REFUSED_STREAM)
            return
        setattr(pair, kind, stream_id)
        if kind == "data":
            self._links[stream_id] = pair
        if pair.error >= 0 and pair.data >= 0:
            del self._pairs[name]
            found += [LinkOpened(link=pair.data, port=port), *pair.early]
            pair.early.clear()

    def _tell(self, event: LinkBytes | LinkEnded | LinkGone, found: list[ForwardEvent]) -> None:
        pair = self._links.get(event.link)
        if pair is None:
            return  # the error stream is for the server's errors; bytes of the client on it are ignored
        (found if pair.error >= 0 else pair.early).append(event)
        if isinstance(event, LinkGone):
            pair.halves = 0
        if isinstance(event, LinkEnded):
            pair.halves -= 1
        self._forget_ended(event.link, pair)

    def _forget_ended(self, link: int, pair: _Pair) -> None:
        if pair.halves <= 0 and pair.error >= 0:
            del self._links[link]

    def send(self, link: int, data: bytes) -> None:
        """Send bytes received from the port."""
        if self._session.is_open(link):
            self._session.send(link, data)

    def end(self, link: int) -> None:
        """Report that the port has closed its sending half."""
        pair = self._links.get(link)
        if pair is None:
            return
        for number in (link, pair.error):
            if self._session.is_open(number):
                self._session.end(number)
        pair.halves -= 1
        self._forget_ended(link, pair)

    def fail(self, link: int, problem: str) -> None:
        """Report that the port cannot be reached, or has broken the connection."""
        pair = self._links.pop(link, None)
        if pair is not None and self._session.is_open(pair.error):
            self._session.send(pair.error, problem.encode())
            self._session.end(pair.error)
        self._session.reset(link)

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        return self._session.output()


class TunnelledForward:
    """SPDY in the messages of a WebSocket."""

    def __init__(self) -> None:
        self._socket = WebSocket()
        self._inner = SpdyForward()
        self.send, self.end, self.fail = self._inner.send, self._inner.end, self._inner.fail

    def receive(self, data: bytes) -> list[ForwardEvent]:
        """Return what came. Raises SpdyError or WebSocketError."""
        found: list[ForwardEvent] = []
        for event in self._socket.receive(data):
            match event:
                case WebSocketMessage(data=message):
                    found += self._inner.receive(message)
                case WebSocketClosed():
                    found.append(AllGone())
        return found

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        inner = self._inner.output()
        if inner:
            self._socket.send(inner)
        return self._socket.output()


class WebSocketForward:
    """Port forwarding in channels of a WebSocket; a link is the place of its port."""

    def __init__(self, ports: Sequence[int], protocol: str) -> None:
        self._channels = Channels(protocol)
        self._opening: list[ForwardEvent] = [LinkOpened(link=place, port=port) for place, port in enumerate(ports)]
        self._left = set(range(len(ports)))
        for place, port in enumerate(ports):
            for channel in (2 * place, 2 * place + 1):
                self._channels.send(channel, port.to_bytes(2, "little"))

    def receive(self, data: bytes) -> list[ForwardEvent]:
        """Return what came. Raises WebSocketError."""
        found, self._opening = self._opening, []
        for event in self._channels.receive(data):
            match event:
                case ChannelMessage(channel=channel, data=payload):
                    if not channel % 2 and channel // 2 in self._left and payload:
                        found.append(LinkBytes(link=channel // 2, data=payload))
                case WebSocketClosed():
                    found.append(AllGone())
        return found

    def send(self, link: int, data: bytes) -> None:
        """Send bytes received from the port."""
        if link in self._left:
            self._channels.send(2 * link, data)

    def end(self, link: int) -> None:
        """Report that the port has closed its sending half: a single channel cannot be closed, the last one closes the connection."""
        self._left.discard(link)
        if not self._left:
            self._channels.close()

    def fail(self, link: int, problem: str) -> None:
        """Report that the port cannot be reached, or has broken the connection."""
        if link in self._left:
            self._channels.send(2 * link + 1, problem.encode())
        self.end(link)

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        return self._channels.output()
