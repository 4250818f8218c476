"""WebSocket, the server's side: bytes into messages and messages into bytes (RFC 6455).

    FIN RSV1-3 opcode (4) | MASK length (7) | [length, 16 or 64 bits] | [mask, 32 bits] | payload          (5.2)

A message may come in parts; pings, pongs and close may come between them. Pings are answered, and so is the client's close.
Extensions (compression) are not offered, so RSV must be 0.
"""

from __future__ import annotations

import base64
import hashlib

from pycman.errors import Corrupt
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGE_BYTES = 16 << 20
"""Longest message that is taken."""
CLOSE_NORMAL, CLOSE_GOING_AWAY, CLOSE_PROTOCOL_ERROR, CLOSE_UNSUPPORTED_DATA = 1000, 1001, 1002, 1003
CLOSE_NOT_TEXT, CLOSE_POLICY, CLOSE_TOO_BIG, CLOSE_INTERNAL_ERROR = 1007, 1008, 1009, 1011
CLOSE_NO_STATUS = 1005
"""Codes of 7.4.1; the last is never sent: it stands for a close without a code."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_KNOWN = {CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG}
_FIN, _RESERVED, _MASKED = 0x80, 0x70, 0x80
_CONTROL_BYTES = 125
_REASON_BYTES = 123
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocketError(Corrupt):
    """The client broke the protocol; the connection is failed with this close code (7.1.7)."""

    def __init__(self, problem: str, *, close_code: int = CLOSE_PROTOCOL_ERROR) -> None:
        super().__init__(problem)
        self.close_code = close_code


class WebSocketMessage(Record):
    """A whole message; a text is given as its bytes, which are UTF-8."""

    data: bytes
    is_text: bool = False


class WebSocketPong(Record):
    """An answer to a `ping`, or a sign of life that nobody asked for."""

    data: bytes = b""


class WebSocketClosed(Record):
    """The client closed, and was answered; it takes nothing more."""

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
    # SHA-1 is what the protocol asks for; nothing is kept safe by it
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def choose_subprotocol(offered: Sequence[str], spoken: Sequence[str]) -> str | None:
    """Return the first of the client's that is spoken here, "" if it offered none, None if none fits."""
    if not offered:
        return ""
    return next((each for each in offered if each in spoken), None)


def encode_frame(opcode: int, payload: bytes, *, fin: bool = True, mask: bytes = b"") -> bytes:
    """Return a frame. A server's have no mask; a client's have one of four bytes."""
    size, masked = len(payload), _MASKED if mask else 0
    if size < 126:
        length = bytes([masked | size])
    elif size < 1 << 16:
        length = bytes([masked | 126]) + size.to_bytes(2, "big")
    else:
        length = bytes([masked | 127]) + size.to_bytes(8, "big")
    head = bytes([(_FIN if fin else 0) | opcode]) + length + mask
    return head + (apply_mask(payload, mask) if mask else payload)


def apply_mask(payload: bytes, mask: bytes) -> bytes:
    """Return the payload with the mask put on or taken off (5.3)."""
    size = len(payload)
    pattern = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(pattern, "little")).to_bytes(size, "little")


class WebSocket:
    """The server's end of a connection, after the handshake."""

    def __init__(self, *, message_bytes: int = MESSAGE_BYTES) -> None:
        self._held = bytearray()
        self._parts = bytearray()
        self._kind = 0
        """Opcode of the message whose parts are being gathered; 0 between messages."""
        self._message_bytes = message_bytes
        self._out: list[bytes] = []
        self._error: WebSocketError | None = None
        self._close_received = False
        self._close_sent = False

    def receive(self, data: bytes) -> list[WebSocketEvent]:
        """Return what came. After a close nothing is looked at. Raises WebSocketError; `output` then ends with a close."""
        if self._error is not None:
            raise self._error
        if self._close_received:
            return []
        self._held += data
        events: list[WebSocketEvent] = []
        try:
            while not self._close_received and self._step(events):
                pass
        except WebSocketError as error:
            self._error = error
            self.close(error.close_code, error.problem)
            raise
        return events

    def send(self, data: bytes, *, is_text: bool = False) -> None:
        """Send a message; after a close it is for nobody."""
        self._write(TEXT if is_text else BINARY, data)

    def ping(self, data: bytes = b"") -> None:
        """Ask for a sign of life, with at most 125 bytes."""
        self._write(PING, data)

    def close(self, code: int = CLOSE_NORMAL, reason: str = "") -> None:
        """Close, once: the client closes as well, and then the connection may go."""
        text = reason.encode()[:_REASON_BYTES].decode("utf-8", "ignore").encode()
        self._write(CLOSE, code.to_bytes(2, "big") + text)
        self._close_sent = True

    def output(self) -> bytes:
        """Return the bytes for the client since the last time."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _write(self, opcode: int, payload: bytes) -> None:
        if not self._close_sent:
            self._out.append(encode_frame(opcode, payload))

    def _step(self, events: list[WebSocketEvent]) -> bool:
        """Read one frame; False if it is not whole yet."""
        held = self._held
        if len(held) < 2:
            return False
        opcode, fin, size = held[0] & 0x0F, bool(held[0] & _FIN), held[1] & 0x7F
        self._check_head(opcode, fin, size, reserved=held[0] & _RESERVED, masked=held[1] & _MASKED)
        start = 2 + {126: 2, 127: 8}.get(size, 0)
        if len(held) < start:
            return False
        if start > 2:
            size = self._long_size(int.from_bytes(held[2:start], "big"), start)
        if opcode < CLOSE and size + len(self._parts) > self._message_bytes:
            raise WebSocketError(f"a message of more than {self._message_bytes} bytes", close_code=CLOSE_TOO_BIG)
        if len(held) < start + 4 + size:
            return False
        payload = apply_mask(bytes(held[start + 4 : start + 4 + size]), bytes(held[start : start + 4]))
        del held[: start + 4 + size]
        if opcode >= CLOSE:
            self._take_control(opcode, payload, events)
        else:
            self._take_part(opcode, fin, payload, events)
        return True

    def _check_head(self, opcode: int, fin: bool, size: int, *, reserved: int, masked: int) -> None:
        """Refuse a frame by its first two bytes (5.1, 5.2, 5.4, 5.5)."""
        problem = ""
        if reserved:
            problem = "a reserved bit is set, though no extension was agreed on"
        elif opcode not in _KNOWN:
            problem = f"opcode {opcode} is unknown"
        elif not masked:
            problem = "a frame of the client is not masked"
        elif opcode >= CLOSE and (not fin or size > _CONTROL_BYTES):
            problem = "a control frame is in parts, or too long"
        elif opcode == CONTINUATION and not self._kind:
            problem = "a part of no message"
        elif opcode in (TEXT, BINARY) and self._kind:
            problem = "a message begins within another"
        if problem:
            raise WebSocketError(problem)

    def _long_size(self, size: int, start: int) -> int:
        """Return a length of 16 or 64 bits, which must need them (5.2)."""
        if size < (126 if start == 4 else 1 << 16) or size >> 63:
            raise WebSocketError("a length is not written in the shortest way")
        return size

    def _take_control(self, opcode: int, payload: bytes, events: list[WebSocketEvent]) -> None:
        if opcode == PING:
            self._write(PONG, payload)
        elif opcode == PONG:
            events.append(WebSocketPong(data=payload))
        else:
            closed = _read_close(payload)
            self._close_received = True
            self.close(CLOSE_NORMAL if closed.code == CLOSE_NO_STATUS else closed.code)
            events.append(closed)

    def _take_part(self, opcode: int, fin: bool, payload: bytes, events: list[WebSocketEvent]) -> None:
        self._kind = self._kind or opcode
        self._parts += payload
        if not fin:
            return
        data, is_text = bytes(self._parts), self._kind == TEXT
        self._parts.clear()
        self._kind = 0
        if is_text and not _is_utf8(data):
            raise WebSocketError("a text is not UTF-8", close_code=CLOSE_NOT_TEXT)
        events.append(WebSocketMessage(data=data, is_text=is_text))


def _read_close(payload: bytes) -> WebSocketClosed:
    """Return what a close frame says (5.5.1, 7.4)."""
    if not payload:
        return WebSocketClosed(code=CLOSE_NO_STATUS)
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise WebSocketError("a close without a valid code")
    if not _is_utf8(payload[2:]):
        raise WebSocketError("the reason of a close is not UTF-8", close_code=CLOSE_NOT_TEXT)
    return WebSocketClosed(code=code, reason=payload[2:].decode())


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
