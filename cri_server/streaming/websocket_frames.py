"""WebSocket, the server's side: bytes into messages and messages into bytes (RFC 6455). Frames are read and written by wsproto.

A message may come in parts; pings, pongs and close may come between them. Pings are answered, and so is the client's close.
Extensions (compression) are not offered, so the reserved bits must be 0.
"""

from __future__ import annotations

import base64
import hashlib

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, Pong, TextMessage
from wsproto.extensions import Extension
from wsproto.frame_protocol import CloseReason, Opcode, RsvBits

from pycman.errors import Corrupt
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsproto.events import Event
    from wsproto.frame_protocol import FrameDecoder, FrameProtocol

MESSAGE_BYTES = 16 << 20
"""The longest message that is accepted."""
CLOSE_NORMAL, CLOSE_PROTOCOL_ERROR, CLOSE_UNSUPPORTED_DATA, CLOSE_NO_STATUS = 1000, 1002, 1003, 1005
"""Close codes (7.4.1); the last one is never sent, it stands for a close without a code."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocketError(Corrupt):
    """The client broke the protocol; the connection is closed with this close code (7.1.7)."""

    def __init__(self, problem: str, *, close_code: int = CLOSE_PROTOCOL_ERROR) -> None:
        super().__init__(problem)
        self.close_code = close_code


class WebSocketMessage(Record):
    """A complete message; a text message as its UTF-8 bytes."""

    data: bytes
    is_text: bool = False


class WebSocketPong(Record):
    """A pong: the answer to a `ping`, or an unsolicited one (5.5.3)."""

    data: bytes = b""


class WebSocketClosed(Record):
    """The client has closed the connection, and the close was answered; nothing more may be sent."""

    code: int
    reason: str = ""


WebSocketEvent = WebSocketMessage | WebSocketPong | WebSocketClosed


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept for a client's Sec-WebSocket-Key (4.2.2). Raises WebSocketError."""
    try:
        nonce = base64.b64decode(key, validate=True)
    except ValueError:
        nonce = b""
    if len(nonce) != 16:
        raise WebSocketError("Sec-WebSocket-Key is not 16 bytes in base64")
    # SHA-1 is what the protocol asks for; nothing is kept safe by it (wsproto's own helper fails on a host in FIPS mode)
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def choose_subprotocol(offered: Sequence[str], spoken: Sequence[str]) -> str | None:
    """Return the first subprotocol of the client's that is supported, "" if it offered none, None if none is supported."""
    if not offered:
        return ""
    return next((each for each in offered if each in spoken), None)


class _MessageLimit(Extension):
    """A limit that wsproto has no setting for: a message whose head announces too many bytes is refused before they arrive."""

    name = "message-limit"  # never offered to a client

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._received_bytes = 0
        self._is_control = False

    def offer(self) -> bool:
        return False

    def enabled(self) -> bool:
        return True

    def frame_inbound_header(
        self, _proto: FrameDecoder | FrameProtocol, opcode: Opcode, _rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        # called again for one frame if its head comes in pieces: nothing may be added up here
        self._is_control = opcode.iscontrol()
        if not self._is_control:
            if opcode is not Opcode.CONTINUATION:
                self._received_bytes = 0
            if self._received_bytes + payload_length > self._limit_bytes:
                return CloseReason.MESSAGE_TOO_BIG
        return RsvBits(rsv1=False, rsv2=False, rsv3=False)

    def frame_inbound_payload_data(self, _proto: FrameDecoder | FrameProtocol, data: bytes) -> bytes:
        if not self._is_control:
            self._received_bytes += len(data)
        return data


class WebSocket:
    """The server's end of a connection, after the handshake."""

    def __init__(self, *, message_bytes: int = MESSAGE_BYTES) -> None:
        self._connection = Connection(ConnectionType.SERVER, [_MessageLimit(message_bytes)])
        self._parts = bytearray()  # a message may come byte by byte: a list of its parts would take fifty times as much
        self._out: list[bytes] = []
        self._error: WebSocketError | None = None
        self._close_received = False
        self._close_sent = False

    def receive(self, data: bytes) -> list[WebSocketEvent]:
        """Return the events in `data`; none after a close. Raises WebSocketError; `output` then ends with a close frame."""
        if self._error is not None:
            raise self._error
        if self._close_received:
            return []
        self._connection.receive_data(data)
        found: list[WebSocketEvent] = []
        for event in self._connection.events():
            found += self._take(event)
            if self._close_received:
                break
        return found

    def _take(self, event: Event) -> list[WebSocketEvent]:
        match event:
            case Message(data=data, message_finished=finished):
                self._parts += data.encode() if isinstance(data, str) else data
                if not finished:
                    return []
                whole = bytes(self._parts)
                self._parts.clear()
                return [WebSocketMessage(data=whole, is_text=isinstance(data, str))]
            case Ping():
                self._send(event.response())
            case Pong(payload=payload):
                return [WebSocketPong(data=bytes(payload))]
            case CloseConnection(code=code, reason=reason):
                return [self._take_close(code, reason or "")]
        return []

    def _take_close(self, code: int, reason: str) -> WebSocketClosed:
        """Answer the client's close. Raises WebSocketError if it is one that wsproto made of an error."""
        if self._connection.state not in (ConnectionState.REMOTE_CLOSING, ConnectionState.CLOSED):
            self.close(code, reason)
            self._error = WebSocketError(reason, close_code=int(code))
            raise self._error
        self._close_received = True
        self.close(CLOSE_NORMAL if code == CLOSE_NO_STATUS else code)
        return WebSocketClosed(code=int(code), reason=reason)

    def send(self, data: bytes, *, is_text: bool = False) -> None:
        """Send a message, which must be UTF-8 if it is a text; do nothing after a close."""
        self._send(TextMessage(data=data.decode()) if is_text else BytesMessage(data=data))

    def ping(self, data: bytes = b"") -> None:
        """Send a ping with at most 125 bytes (5.5.2)."""
        self._send(Ping(payload=data))

    def close(self, code: int = CLOSE_NORMAL, reason: str = "") -> None:
        """Send a close frame, once; the client answers with its own, and then the connection may be closed."""
        self._send(CloseConnection(code=code, reason=reason))
        self._close_sent = True

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _send(self, event: Event) -> None:
        if not self._close_sent:
            self._out.append(self._connection.send(event))
