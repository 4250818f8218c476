"""ttrpc: frames of requests and responses over a stream (containerd/ttrpc, PROTOCOL.md). Knows no sockets.

length u32 │ stream id u32 │ type u8 │ flags u8 │ payload        (big-endian; clients use odd stream ids)

Types: 1 request, 2 response, 3 data of a streaming method, which the task service has none of.
"""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.record import Record
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

REQUEST, RESPONSE = 1, 2
MOST_BYTES = 4 << 20
"""The longest payload that ttrpc allows."""
_HEAD_BYTES = 10
_SUBJECT = "ttrpc"


class Frame(Record):
    """One frame: a message of one stream."""

    stream: int
    kind: int
    payload: bytes = b""


class Reply(Record):
    """The answer to one request: `code` is gRPC's, 0 for success, with the `message` of an error."""

    stream: int
    code: int = 0
    message: str = ""
    payload: bytes = b""


class Frames:
    """Finds frames in the bytes of a stream, in whatever pieces they come."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that are complete with `data`. Raises Corrupt for one that is longer than ttrpc allows."""
        self._data += data
        found = []
        while len(self._data) >= _HEAD_BYTES:
            size = int.from_bytes(self._data[:4], "big")
            if size > MOST_BYTES:
                raise Corrupt(f"a frame of {size} bytes is longer than allowed", subject=_SUBJECT)
            end = _HEAD_BYTES + size
            if len(self._data) < end:
                break
            found.append(
                Frame(
                    stream=int.from_bytes(self._data[4:8], "big"),
                    kind=self._data[8],
                    payload=bytes(self._data[_HEAD_BYTES:end]),
                )
            )
            del self._data[:end]
        return found


def frame(stream: int, kind: int, payload: bytes) -> bytes:
    """Return the bytes of one frame."""
    return b"".join((len(payload).to_bytes(4, "big"), stream.to_bytes(4, "big"), bytes((kind, 0)), payload))


class Client:
    """One client's side of a connection: it numbers requests, and tells answers from noise."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._next = 1
        self._awaited: set[int] = set()

    def request(
        self, service: str, method: str, payload: bytes, metadata: Mapping[str, str], timeout_s: float = 0
    ) -> tuple[int, bytes]:
        """Return the stream id by which the answer will be known, and the bytes to send; `timeout_s` 0 is no timeout."""
        stream, self._next = self._next, self._next + 2
        self._awaited.add(stream)
        values: dict[str, Any] = {
            "service": service,
            "method": method,
            "payload": payload,
            "timeout_nano": int(timeout_s * 1_000_000_000),
            "metadata": [{"key": key, "value": value} for key, value in metadata.items()],
        }
        return stream, frame(stream, REQUEST, encode(TABLE, "Request", values))

    def feed(self, data: bytes) -> list[Reply]:
        """Return the answers that are complete with `data`. Raises Corrupt."""
        replies = []
        for each in self._frames.feed(data):
            if each.kind != RESPONSE or each.stream not in self._awaited:
                continue
            self._awaited.discard(each.stream)
            response = decode(TABLE, "Response", each.payload)
            status = response["status"]
            replies.append(
                Reply(
                    stream=each.stream,
                    code=status.get("code", 0),
                    message=status.get("message", ""),
                    payload=response["payload"],
                )
            )
        return replies


class Server:
    """One server's side of a connection: requests come in, each is answered with an empty message."""

    def __init__(self) -> None:
        self._frames = Frames()

    def feed(self, data: bytes) -> list[tuple[int, dict[str, Any]]]:
        """Return (stream id, request) of the requests that are complete with `data`. Raises Corrupt."""
        return [
            (each.stream, decode(TABLE, "Request", each.payload))
            for each in self._frames.feed(data)
            if each.kind == REQUEST
        ]

    @staticmethod
    def answer(stream: int, payload: bytes = b"") -> bytes:
        """Return the bytes of a successful answer."""
        return frame(stream, RESPONSE, encode(TABLE, "Response", {"payload": payload}))
