"""The server's side of a SPDY/3.1 session: the streams that the client opens, and their states.

                        client's half   server's half
    SYN_STREAM          open            open            answered by SYN_REPLY at once
    DATA with FIN       ended           as it was       from the client; SYN_STREAM may have FIN, too
    `end`               as it was       ended           a stream both of whose halves ended is gone
    RST_STREAM          gone            gone            from either side

Flow control (2.6.8): what the client sends is allowed for as it arrives, by WINDOW_UPDATE after each half window; he who does not
read from the socket holds the client back. What is sent is never held back: kubelet and all clients of the CRI use a library
that neither sends nor heeds WINDOW_UPDATE, and would wait forever if the first 64 KiB were the last.
"""

from __future__ import annotations

from cri_server.streaming.spdy_frames import (
    CANCEL,
    GOAWAY_OK,
    GOAWAY_PROTOCOL_ERROR,
    INITIAL_WINDOW_BYTES,
    INVALID_STREAM,
    REFUSED_STREAM,
    STREAM_ALREADY_CLOSED,
    BrokenStream,
    DataFrame,
    FrameReader,
    FrameWriter,
    GoAway,
    HeadersFrame,
    PingFrame,
    RstStream,
    SettingsFrame,
    SpdyError,
    SynReply,
    SynStream,
    WindowUpdate,
)
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cri_server.streaming.spdy_frames import Frame

MOST_STREAMS = 1000
"""How many may be open at once."""


class StreamOpened(Record):
    """The client opened a stream; it is accepted unless it is `reset`."""

    stream_id: int
    headers: dict[str, str] = {}


class StreamBytes(Record):
    """Bytes came on a stream."""

    stream_id: int
    data: bytes


class StreamEnded(Record):
    """The client sends nothing more on a stream."""

    stream_id: int


class StreamReset(Record):
    """A stream was closed: the client reset it, or caused a stream error."""

    stream_id: int
    status: int


class SessionEnding(Record):
    """The client opens no more streams and will close the connection."""

    status: int


SessionEvent = StreamOpened | StreamBytes | StreamEnded | StreamReset | SessionEnding


class _Stream:
    """Which halves are open, and how many bytes came since the last WINDOW_UPDATE."""

    def __init__(self, *, client_sends: bool, server_sends: bool) -> None:
        self.client_sends = client_sends
        self.server_sends = server_sends
        self.unconfirmed_bytes = 0


class SpdySession:
    """A session: `receive` what came, `send`, `end` and `reset` streams, and give `output` to the client."""

    def __init__(self, *, most_streams: int = MOST_STREAMS) -> None:
        self._reader = FrameReader()
        self._writer = FrameWriter()
        self._streams: dict[int, _Stream] = {}
        self._last_id = 0
        self._unconfirmed_bytes = 0
        self._going_away = False
        self._most_streams = most_streams
        self._out: list[bytes] = []
        self._error: SpdyError | None = None

    def receive(self, data: bytes) -> list[SessionEvent]:
        """Return the events in `data`. Raises SpdyError, also at every later call; then `output` has GOAWAY."""
        if self._error is not None:
            raise self._error
        events: list[SessionEvent] = []
        try:
            for frame in self._reader.receive(data):
                self._take(frame, events)
        except SpdyError as error:
            self._error = error
            self.go_away(GOAWAY_PROTOCOL_ERROR)
            raise
        return events

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def is_open(self, stream_id: int) -> bool:
        """Return whether the server's half of a stream is open."""
        stream = self._streams.get(stream_id)
        return stream is not None and stream.server_sends

    def send(self, stream_id: int, data: bytes) -> None:
        """Send bytes on a stream; do nothing if it has been closed."""
        if data and self.is_open(stream_id):
            self._write(DataFrame(stream_id=stream_id, data=data))

    def end(self, stream_id: int) -> None:
        """Send nothing more on a stream."""
        if self.is_open(stream_id):
            self._write(DataFrame(stream_id=stream_id, fin=True))
            self._streams[stream_id].server_sends = False
            self._forget_ended(stream_id)

    def reset(self, stream_id: int, status: int = CANCEL) -> None:
        """End a stream both ways, at once."""
        if self._streams.pop(stream_id, None) is not None:
            self._write(RstStream(stream_id=stream_id, status=status))

    def go_away(self, status: int = GOAWAY_OK) -> None:
        """Send GOAWAY; streams opened after it are ignored."""
        if not self._going_away:
            self._going_away = True
            self._write(GoAway(last_stream_id=self._last_id, status=status))

    def _write(self, frame: Frame) -> None:
        self._out.append(self._writer.encode(frame))

    def _forget_ended(self, stream_id: int) -> None:
        stream = self._streams[stream_id]
        if not stream.client_sends and not stream.server_sends:
            del self._streams[stream_id]

    def _take(self, frame: Frame | BrokenStream, events: list[SessionEvent]) -> None:
        match frame:
            case DataFrame():
                self._take_data(frame, events)
            case SynStream():
                self._take_stream(frame, events)
            case HeadersFrame():
                if frame.fin:
                    self._take_data(DataFrame(stream_id=frame.stream_id, fin=True), events)
            case RstStream():
                if self._streams.pop(frame.stream_id, None) is not None:
                    events.append(StreamReset(stream_id=frame.stream_id, status=frame.status))
            case BrokenStream():
                self._write(RstStream(stream_id=frame.stream_id, status=frame.status))
                if self._streams.pop(frame.stream_id, None) is not None:
                    events.append(StreamReset(stream_id=frame.stream_id, status=frame.status))
            case SynReply():
                self._write(RstStream(stream_id=frame.stream_id, status=INVALID_STREAM))  # none was opened from here
            case PingFrame():
                if frame.ping_id % 2:  # even ones would be answers (2.6.5)
                    self._write(frame)
            case GoAway():
                events.append(SessionEnding(status=frame.status))
            case SettingsFrame() | WindowUpdate():
                pass  # see above: what is sent is never held back

    def _take_stream(self, frame: SynStream, events: list[SessionEvent]) -> None:
        if not frame.stream_id % 2 or frame.stream_id <= self._last_id:
            raise SpdyError(f"stream {frame.stream_id} is opened after {self._last_id}")
        if self._going_away:
            return
        self._last_id = frame.stream_id
        if len(self._streams) >= self._most_streams:
            self._write(RstStream(stream_id=frame.stream_id, status=REFUSED_STREAM))
            return
        stream = _Stream(client_sends=not frame.fin, server_sends=not frame.unidirectional)
        self._streams[frame.stream_id] = stream
        events.append(StreamOpened(stream_id=frame.stream_id, headers=frame.headers))
        if stream.server_sends:
            self._write(SynReply(stream_id=frame.stream_id))
        if frame.fin:
            events.append(StreamEnded(stream_id=frame.stream_id))
            self._forget_ended(frame.stream_id)

    def _take_data(self, frame: DataFrame, events: list[SessionEvent]) -> None:
        stream = self._streams.get(frame.stream_id)
        self._confirm(frame.stream_id, stream, len(frame.data))
        if stream is None:
            # of one that is gone it may have been under way; one that never was is an error, until GOAWAY (2.2.2)
            if not self._going_away and (frame.stream_id > self._last_id or not frame.stream_id % 2):
                self._write(RstStream(stream_id=frame.stream_id, status=INVALID_STREAM))
            return
        if not stream.client_sends:
            if frame.data:
                self.reset(frame.stream_id, STREAM_ALREADY_CLOSED)
                events.append(StreamReset(stream_id=frame.stream_id, status=STREAM_ALREADY_CLOSED))
            return
        if frame.data:
            events.append(StreamBytes(stream_id=frame.stream_id, data=frame.data))
        if frame.fin:
            stream.client_sends = False
            events.append(StreamEnded(stream_id=frame.stream_id))
            self._forget_ended(frame.stream_id)

    def _confirm(self, stream_id: int, stream: _Stream | None, size: int) -> None:
        """Allow as many bytes as came, when they are half a window, for the session and for the stream."""
        self._unconfirmed_bytes += size
        if self._unconfirmed_bytes >= INITIAL_WINDOW_BYTES // 2:
            self._write(WindowUpdate(stream_id=0, delta=self._unconfirmed_bytes))
            self._unconfirmed_bytes = 0
        if stream is not None and stream.client_sends:
            stream.unconfirmed_bytes += size
            if stream.unconfirmed_bytes >= INITIAL_WINDOW_BYTES // 2:
                self._write(WindowUpdate(stream_id=stream_id, delta=stream.unconfirmed_bytes))
                stream.unconfirmed_bytes = 0
