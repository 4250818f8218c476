"""Exec and attach over either wire: standard streams, sizes of the terminal, how it ended. Pure.

    SPDY        a stream each, of header streamType: error always; stdin, stdout, stderr as asked; resize with a terminal
    WebSocket   messages whose first byte is the channel: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize; in v5 255, N closes N

The error stream gets a Kubernetes Status at the end (from v4 on; before that a text, if it failed).
"""

from __future__ import annotations

from cri_server.streaming.channels import ChannelMessage, Channels
from cri_server.streaming.spdy_frames import REFUSED_STREAM
from cri_server.streaming.spdy_session import SpdySession, StreamBytes, StreamEnded, StreamOpened, StreamReset
from cri_server.streaming.websocket_frames import WebSocketClosed
from pycman.errors import Corrupt
from pycman.jsontext import format_json, parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class CommandWire(Protocol):
        """The interface of both wires."""

        @property
        def ready(self) -> bool:
            """Whether all streams are open."""

        def receive(self, data: bytes) -> list[CommandEvent]:
            """Return what came. Raises SpdyError or WebSocketError."""

        def write(self, stream: str, data: bytes) -> None:
            """Send output of "stdout" or "stderr"; do nothing for a stream that was not requested."""

        def finish(self, status: dict[str, Any]) -> None:
            """Send the Status of how it ended, and end all streams."""

        def output(self) -> bytes:
            """Return the bytes for the client since the last call."""


_RESIZE_BYTES = 1024
_CHANNELS = ("stdin", "stdout", "stderr", "error", "resize")
_STDIN, _RESIZE = 0, 4
_CLOSE_CHANNEL = 255


class Wanted(Record):
    """The streams that the client requested."""

    stdin: bool = False
    stdout: bool = False
    stderr: bool = False
    terminal: bool = False

    @property
    def names(self) -> set[str]:
        """The names of all requested streams, except that for resizing."""
        return {"error", *(name for name in ("stdin", "stdout", "stderr") if getattr(self, name))}


class Typed(Record):
    """Bytes for standard input."""

    data: bytes


class TypedEnd(Record):
    """Standard input has ended."""


class Resized(Record):
    """The client's terminal has a new size."""

    columns: int
    rows: int


class ClientLeft(Record):
    """The client closed in an orderly way before the end."""


CommandEvent = Typed | TypedEnd | Resized | ClientLeft


def success() -> dict[str, Any]:
    """Return the Status of a command that ended with 0."""
    return {"metadata": {}, "status": "Success"}


def exit_status(status: int) -> dict[str, Any]:
    """Return the Status of a command that ended with another exit status."""
    return {
        "metadata": {},
        "status": "Failure",
        "reason": "NonZeroExitCode",
        "message": f"command terminated with non-zero exit code: {status}",
        "details": {"causes": [{"reason": "ExitCode", "message": str(status)}]},
    }


def failure(problem: str) -> dict[str, Any]:
    """Return the Status of a command that could not be run."""
    return {
        "metadata": {},
        "status": "Failure",
        "reason": "InternalError",
        "message": problem,
        "details": {"causes": [{"message": problem}]},
        "code": 500,
    }


def _status_bytes(status: dict[str, Any], *, as_text: bool) -> bytes:
    if not as_text:
        return format_json(status).encode()
    return b"" if status["status"] == "Success" else str(status["message"]).encode()


class _Sizes:
    """Parses terminal sizes: JSON objects one after the other, received in pieces."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[CommandEvent]:
        self._held += data
        found: list[CommandEvent] = []
        while b"}" in self._held:
            piece, _, self._held = self._held.partition(b"}")
            try:
                size = parse_json(piece + b"}")
                columns, rows = size["Width"], size["Height"]
            except (Corrupt, KeyError, TypeError, ValueError):
                continue
            if isinstance(columns, int) and isinstance(rows, int) and 0 < columns < 1 << 16 and 0 < rows < 1 << 16:
                found.append(Resized(columns=columns, rows=rows))
        self._held = self._held[-_RESIZE_BYTES:]
        return found


class SpdyCommand:
    """Exec and attach over SPDY."""

    def __init__(self, wanted: Wanted, protocol: str) -> None:
        self._session = SpdySession()
        self._needed = wanted.names
        self._as_text = protocol != "v4.channel.k8s.io"
        if wanted.terminal and protocol in ("v4.channel.k8s.io", "v3.channel.k8s.io"):
            self._needed |= {"resize"}
        self._ids: dict[str, int] = {}
        self._sizes = _Sizes()

    @property
    def ready(self) -> bool:
        """Whether all streams are open."""
        return self._needed <= self._ids.keys()

    def receive(self, data: bytes) -> list[CommandEvent]:
        """Return what came. Raises SpdyError."""
        found: list[CommandEvent] = []
        for event in self._session.receive(data):
            match event:
                case StreamOpened(stream_id=stream_id, headers=headers):
                    self._open(stream_id, headers.get("streamtype", ""))
                case StreamBytes(stream_id=stream_id, data=piece):
                    if stream_id == self._ids.get("stdin"):
                        found.append(Typed(data=piece))
                    elif stream_id == self._ids.get("resize"):
                        found += self._sizes.feed(piece)
                case StreamEnded(stream_id=stream_id) | StreamReset(stream_id=stream_id):
                    if stream_id == self._ids.get("stdin"):
                        found.append(TypedEnd())
        return found

    def _open(self, stream_id: int, kind: str) -> None:
        if kind in self._needed and kind not in self._ids:
            self._ids[kind] = stream_id
        else:
            self._session.reset(stream_id, REFUSED_STREAM)

    def write(self, stream: str, data: bytes) -> None:
        """Send output."""
        self._send(stream, data)

    def _send(self, stream: str, data: bytes) -> None:
        number = self._ids.get(stream)
        if number is not None and data and self._session.is_open(number):
            self._session.send(number, data)

    def finish(self, status: dict[str, Any]) -> None:
        """Send the Status of how it ended, and end all streams."""
        self._send("error", _status_bytes(status, as_text=self._as_text))
        for number in self._ids.values():
            if self._session.is_open(number):
                self._session.end(number)

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        return self._session.output()


class WebSocketCommand:
    """Exec and attach over WebSocket."""

    ready = True

    def __init__(self, wanted: Wanted, protocol: str) -> None:
        self._channels = Channels(protocol)
        self._wanted = wanted.names
        self._as_text = not protocol.startswith(("v4.", "v5."))
        self._closes_channels = protocol.startswith("v5.")
        self._terminal = wanted.terminal
        self._sizes = _Sizes()
        lowest = next(name for name in ("stdout", "stderr", "error") if name in self._wanted)
        self._send(lowest, b"")  # clients that wait for a first message know by it that the streams are there

    def receive(self, data: bytes) -> list[CommandEvent]:
        """Return what came. Raises WebSocketError."""
        found: list[CommandEvent] = []
        for event in self._channels.receive(data):
            match event:
                case ChannelMessage(channel=channel, data=payload):
                    found += self._take(channel, payload)
                case WebSocketClosed():
                    found.append(ClientLeft())
        return found

    def _take(self, channel: int, payload: bytes) -> list[CommandEvent]:
        if channel == _STDIN and "stdin" in self._wanted:
            return [Typed(data=payload)] if payload else []
        if channel == _RESIZE and self._terminal:
            return self._sizes.feed(payload)
        if self._closes_channels and channel == _CLOSE_CHANNEL and payload == bytes([_STDIN]):
            return [TypedEnd()]
        return []

    def write(self, stream: str, data: bytes) -> None:
        """Send output."""
        if stream in self._wanted and data:
            self._send(stream, data)

    def _send(self, stream: str, data: bytes) -> None:
        self._channels.send(_CHANNELS.index(stream), data)

    def finish(self, status: dict[str, Any]) -> None:
        """Send the Status of how it ended, and close."""
        text = _status_bytes(status, as_text=self._as_text)
        if text:
            self._send("error", text)
        self._channels.close()

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        return self._channels.output()
