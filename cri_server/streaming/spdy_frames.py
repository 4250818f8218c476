"""SPDY/3.1 framing: bytes into frames and frames into bytes.

Source: SPDY Protocol, draft 3 and 3.1 (chromium.org/spdy/spdy-protocol; sections are those of draft-mbelshe-httpbis-spdy-00,
which has the same frames). 3.1 differs in one thing: WINDOW_UPDATE for stream 0 is about the whole session.

    control frame   1 | version (15 bits) | type (16) | flags (8) | length (24) | payload
    data frame      0 | stream id (31)                | flags (8) | length (24) | payload

What is wrong with one stream is a `BrokenStream` among the frames, to be answered by RST_STREAM; what leaves no way to read on
raises SpdyError. Control frames are held until they are whole and are bounded; the bytes of a data frame, which may have
16 MiB, are handed on as they come, so that a reader never holds more than `CONTROL_BYTES`.
"""

from __future__ import annotations

import struct
import zlib

from pycman.errors import Corrupt
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 3
CONTROL_BYTES = 64 << 10
"""The longest control frame that is accepted; at least 8 KiB is required (2.2.1)."""
HEADER_BYTES = 64 << 10
"""The longest block of headers that is accepted, after decompression."""
DATA_BYTES = (1 << 24) - 1
"""Longest payload of a frame (2.2.2)."""
INITIAL_WINDOW_BYTES = 64 << 10
"""How many bytes may be sent on a stream, and since 3.1 in the session, before WINDOW_UPDATE allows more (2.6.8)."""

FIN = 0x01
UNIDIRECTIONAL = 0x02

PROTOCOL_ERROR, INVALID_STREAM, REFUSED_STREAM, UNSUPPORTED_VERSION, CANCEL, INTERNAL_ERROR = 1, 2, 3, 4, 5, 6
FLOW_CONTROL_ERROR, STREAM_IN_USE, STREAM_ALREADY_CLOSED, FRAME_TOO_LARGE = 7, 8, 9, 11
"""Status codes of RST_STREAM (2.6.3)."""
GOAWAY_OK, GOAWAY_PROTOCOL_ERROR, GOAWAY_INTERNAL_ERROR = 0, 1, 2
"""Status codes of GOAWAY (2.6.6)."""
MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 4, 7
"""Ids of SETTINGS (2.6.4) that matter here."""

_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _HEADERS, _WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
_STREAM_ID = 0x7FFFFFFF
_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length content-location "
    "content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match "
    "if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range "
    "referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get "
    "status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin"
)
DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.replace("_", " ").encode() for word in _WORDS.split()) + (
    b"100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information"
    b"204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error"
    b"501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, "
    b"Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    b"text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
"""The zlib dictionary of both sides for blocks of headers (2.6.10.1)."""


class SpdyError(Corrupt):
    """A session error: the peer broke the protocol, and the session ends with GOAWAY."""


class SynStream(Record):
    """Open a stream (2.6.1). Names of headers are in lower case; several values of one are separated by NUL."""

    stream_id: int
    headers: dict[str, str] = {}
    associated_id: int = 0
    priority: int = 0
    fin: bool = False
    unidirectional: bool = False


class SynReply(Record):
    """Accept a stream (2.6.2)."""

    stream_id: int
    headers: dict[str, str] = {}
    fin: bool = False


class RstStream(Record):
    """End a stream at once, both ways (2.6.3)."""

    stream_id: int
    status: int


class SettingsFrame(Record):
    """Settings of the session (2.6.4): entries of id, flags and value."""

    entries: tuple[tuple[int, int, int], ...] = ()
    clear: bool = False


class PingFrame(Record):
    """Ask for an echo, or be one (2.6.5). Ids of the server's own are even."""

    ping_id: int


class GoAway(Record):
    """Accept no more streams after `last_stream_id` (2.6.6)."""

    last_stream_id: int
    status: int = GOAWAY_OK


class HeadersFrame(Record):
    """More headers of a stream (2.6.7)."""

    stream_id: int
    headers: dict[str, str] = {}
    fin: bool = False


class WindowUpdate(Record):
    """Allow so many bytes more on a stream, or in the session: 0 (2.6.8)."""

    stream_id: int
    delta: int


class DataFrame(Record):
    """Bytes of a stream (2.2.2). A reader splits long ones; `fin` is with the last part."""

    stream_id: int
    data: bytes = b""
    fin: bool = False


class BrokenStream(Record):
    """A stream error: the caller must reset this stream with this status; the session continues."""

    stream_id: int
    status: int
    problem: str


Frame = SynStream | SynReply | RstStream | SettingsFrame | PingFrame | GoAway | HeadersFrame | WindowUpdate | DataFrame


class FrameReader:
    """Parses the frames of one direction of a connection. After an error every call raises it again."""

    def __init__(self, *, control_bytes: int = CONTROL_BYTES, header_bytes: int = HEADER_BYTES) -> None:
        self._held = bytearray()
        self._data_id = 0
        self._data_left = 0
        self._data_fin = False
        self._control_bytes = control_bytes
        self._header_bytes = header_bytes
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._error: SpdyError | None = None

    def receive(self, data: bytes) -> list[Frame | BrokenStream]:
        """Return the frames that end in `data`, and parts of data frames. Raises SpdyError."""
        if self._error is not None:
            raise self._error
        self._held += data
        frames: list[Frame | BrokenStream] = []
        try:
            while self._step(frames):
                pass
        except SpdyError as error:
            self._error = error
            raise
        return frames

    def _step(self, frames: list[Frame | BrokenStream]) -> bool:
        """Parse one frame, or a part of a data frame; return whether more may be in the buffer."""
        if self._data_left:
            return self._take_data(frames)
        if len(self._held) < 8:
            return False
        first, second = struct.unpack_from(">II", self._held)
        flags, length = second >> 24, second & DATA_BYTES
        if not first >> 31:
            return self._begin_data(frames, first, flags, length)
        version, kind = first >> 16 & 0x7FFF, first & 0xFFFF
        if version != VERSION:
            raise SpdyError(f"a frame of SPDY version {version}")
        if length > self._control_bytes:
            raise SpdyError(f"a control frame of {length} bytes")
        if len(self._held) < 8 + length:
            return False
        payload = bytes(self._held[8 : 8 + length])
        del self._held[: 8 + length]
        read = _READERS.get(kind)
        if read is not None:  # others must be ignored (2.2.1)
            frames.append(read(self, flags, payload))
        return True

    def _begin_data(self, frames: list[Frame | BrokenStream], stream_id: int, flags: int, length: int) -> bool:
        if not stream_id:
            raise SpdyError("data of stream 0")
        del self._held[:8]
        self._data_id, self._data_left, self._data_fin = stream_id, length, bool(flags & FIN)
        if not length:
            frames.append(DataFrame(stream_id=stream_id, fin=self._data_fin))
        return True

    def _take_data(self, frames: list[Frame | BrokenStream]) -> bool:
        part = bytes(self._held[: self._data_left])
        if not part:
            return False
        del self._held[: len(part)]
        self._data_left -= len(part)
        frames.append(DataFrame(stream_id=self._data_id, data=part, fin=self._data_fin and not self._data_left))
        return True

    def read_headers(self, stream_id: int, block: bytes) -> dict[str, str] | BrokenStream:
        """Return the headers of a block (2.6.10). Raises SpdyError if the state of zlib is lost."""
        try:
            plain = self._inflate.decompress(block, self._header_bytes + 1)
        except zlib.error as error:
            raise SpdyError(f"headers cannot be inflated: {error}") from None
        if self._inflate.eof or self._inflate.unconsumed_tail or len(plain) > self._header_bytes:
            raise SpdyError("headers are too long, or their compression ended")
        return _split_headers(stream_id, plain)


def _split_headers(stream_id: int, plain: bytes) -> dict[str, str] | BrokenStream:
    """Return names and values of an inflated block: number of pairs, then length and text of each."""
    texts: list[str] = []
    place = 4
    if len(plain) < 4:
        raise SpdyError("headers are cut off")
    count = int.from_bytes(plain[:4], "big")
    while place < len(plain) and len(texts) < 2 * count:
        end = place + 4 + int.from_bytes(plain[place : place + 4], "big")
        if end > len(plain):
            raise SpdyError("headers are cut off")
        texts.append(plain[place + 4 : end].decode("latin-1"))
        place = end
    if place != len(plain) or len(texts) != 2 * count:
        raise SpdyError(f"{count} headers are announced, others came")
    headers = dict(zip(texts[::2], texts[1::2], strict=True))
    problem = ""
    if len(headers) != count:
        problem = "a header came twice"
    elif any(not name or set(name) & _CAPITALS for name in headers):
        problem = "a header's name is empty or not lower case"
    elif any(value and not all(value.split("\0")) for value in headers.values()):
        problem = "a header has an empty value among several"
    return BrokenStream(stream_id=stream_id, status=PROTOCOL_ERROR, problem=problem) if problem else headers


def _numbers(name: str, payload: bytes, layout: str) -> tuple[int, ...]:
    if len(payload) != struct.calcsize(layout):
        raise SpdyError(f"{name} has {len(payload)} bytes")
    return struct.unpack(layout, payload)


def _head(name: str, payload: bytes, size: int) -> int:
    """Return the id of the stream that a frame with headers begins with."""
    if len(payload) < size:
        raise SpdyError(f"{name} has {len(payload)} bytes")
    stream_id = int.from_bytes(payload[:4], "big") & _STREAM_ID
    if not stream_id:
        raise SpdyError(f"{name} of stream 0")
    return stream_id


def _read_syn_stream(reader: FrameReader, flags: int, payload: bytes) -> Frame | BrokenStream:
    stream_id = _head("SYN_STREAM", payload, 10)
    headers = reader.read_headers(stream_id, payload[10:])
    if isinstance(headers, BrokenStream):
        return headers
    return SynStream(
        stream_id=stream_id,
        headers=headers,
        associated_id=int.from_bytes(payload[4:8], "big") & _STREAM_ID,
        priority=payload[8] >> 5,
        fin=bool(flags & FIN),
        unidirectional=bool(flags & UNIDIRECTIONAL),
    )


def _read_syn_reply(reader: FrameReader, flags: int, payload: bytes) -> Frame | BrokenStream:
    stream_id = _head("SYN_REPLY", payload, 4)
    headers = reader.read_headers(stream_id, payload[4:])
    if isinstance(headers, BrokenStream):
        return headers
    return SynReply(stream_id=stream_id, headers=headers, fin=bool(flags & FIN))


def _read_headers(reader: FrameReader, flags: int, payload: bytes) -> Frame | BrokenStream:
    stream_id = _head("HEADERS", payload, 4)
    headers = reader.read_headers(stream_id, payload[4:])
    if isinstance(headers, BrokenStream):
        return headers
    return HeadersFrame(stream_id=stream_id, headers=headers, fin=bool(flags & FIN))


def _read_rst_stream(_reader: FrameReader, _flags: int, payload: bytes) -> Frame:
    stream_id, status = _numbers("RST_STREAM", payload, ">II")
    if not stream_id & _STREAM_ID:
        raise SpdyError("RST_STREAM of stream 0")
    return RstStream(stream_id=stream_id & _STREAM_ID, status=status)


def _read_settings(_reader: FrameReader, flags: int, payload: bytes) -> Frame:
    if len(payload) < 4 or len(payload) != 4 + 8 * int.from_bytes(payload[:4], "big"):
        raise SpdyError("SETTINGS has not the entries it announces")
    entries = tuple((word & DATA_BYTES, word >> 24, value) for word, value in struct.iter_unpack(">II", payload[4:]))
    return SettingsFrame(entries=entries, clear=bool(flags & 0x01))


def _read_ping(_reader: FrameReader, _flags: int, payload: bytes) -> Frame:
    return PingFrame(ping_id=_numbers("PING", payload, ">I")[0])


def _read_goaway(_reader: FrameReader, _flags: int, payload: bytes) -> Frame:
    last, status = _numbers("GOAWAY", payload, ">II")
    return GoAway(last_stream_id=last & _STREAM_ID, status=status)


def _read_window_update(_reader: FrameReader, _flags: int, payload: bytes) -> Frame | BrokenStream:
    stream_id, delta = (number & _STREAM_ID for number in _numbers("WINDOW_UPDATE", payload, ">II"))
    if not delta and stream_id:
        return BrokenStream(stream_id=stream_id, status=PROTOCOL_ERROR, problem="a window grows by nothing")
    if not delta:
        raise SpdyError("the session's window grows by nothing")
    return WindowUpdate(stream_id=stream_id, delta=delta)


_READERS: dict[int, Callable[[FrameReader, int, bytes], Frame | BrokenStream]] = {
    _SYN_STREAM: _read_syn_stream,
    _SYN_REPLY: _read_syn_reply,
    _RST_STREAM: _read_rst_stream,
    _SETTINGS: _read_settings,
    _PING: _read_ping,
    _GOAWAY: _read_goaway,
    _HEADERS: _read_headers,
    _WINDOW_UPDATE: _read_window_update,
}


class FrameWriter:
    """Writes frames for one direction of a connection, in the order they are sent in: headers share one compression."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def encode(self, frame: Frame) -> bytes:
        """Return the bytes of a frame; data longer than a frame may be is split. The caller sends valid ids and headers."""
        if isinstance(frame, DataFrame):
            return _encode_data(frame)
        if isinstance(frame, SynStream):
            head = struct.pack(">IIBB", frame.stream_id, frame.associated_id, frame.priority << 5, 0)
            flags = _fin(frame) | (UNIDIRECTIONAL if frame.unidirectional else 0)
            return _control(_SYN_STREAM, flags, head + self._block(frame.headers))
        if isinstance(frame, SynReply | HeadersFrame):
            kind = _SYN_REPLY if isinstance(frame, SynReply) else _HEADERS
            return _control(kind, _fin(frame), struct.pack(">I", frame.stream_id) + self._block(frame.headers))
        if isinstance(frame, RstStream):
            return _control(_RST_STREAM, 0, struct.pack(">II", frame.stream_id, frame.status))
        if isinstance(frame, SettingsFrame):
            entries = (struct.pack(">II", flags << 24 | number, value) for number, flags, value in frame.entries)
            count = struct.pack(">I", len(frame.entries))
            return _control(_SETTINGS, 0x01 if frame.clear else 0, count + b"".join(entries))
        if isinstance(frame, PingFrame):
            return _control(_PING, 0, struct.pack(">I", frame.ping_id))
        if isinstance(frame, GoAway):
            return _control(_GOAWAY, 0, struct.pack(">II", frame.last_stream_id, frame.status))
        return _control(_WINDOW_UPDATE, 0, struct.pack(">II", frame.stream_id, frame.delta))

    def _block(self, headers: dict[str, str]) -> bytes:
        texts = [text.encode("latin-1") for pair in headers.items() for text in pair]
        plain = struct.pack(">I", len(headers)) + b"".join(struct.pack(">I", len(text)) + text for text in texts)
        return self._deflate.compress(plain) + self._deflate.flush(zlib.Z_SYNC_FLUSH)


def _fin(frame: SynStream | SynReply | HeadersFrame) -> int:
    return FIN if frame.fin else 0


def _control(kind: int, flags: int, payload: bytes) -> bytes:
    return struct.pack(">HHI", 0x8000 | VERSION, kind, flags << 24 | len(payload)) + payload


def _encode_data(frame: DataFrame) -> bytes:
    parts = [frame.data[place : place + DATA_BYTES] for place in range(0, len(frame.data), DATA_BYTES)] or [b""]
    last = len(parts) - 1
    return b"".join(
        struct.pack(">II", frame.stream_id, (FIN if frame.fin and number == last else 0) << 24 | len(part)) + part
        for number, part in enumerate(parts)
    )
