"""The head of a request for an upgraded connection, read by h11 as it comes, and the answer to one that is refused. Pure."""

from __future__ import annotations

import h11

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEAD_BYTES = 64 << 10
"""Longest head of a request that is waited for."""
_PHRASES = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}  # fmt: skip


class Refused(InvalidInput):
    """The request cannot be taken; `answer` is what the client is told."""

    def __init__(self, status: int, problem: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(problem)
        body = f"{problem}\n".encode()
        lines = [
            f"HTTP/1.1 {status} {_PHRASES[status]}",
            *(f"{name}: {value}" for name, value in headers),
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        self.answer = "\r\n".join([*lines, "", ""]).encode() + body


class RequestHead(Record):
    """A request's line and headers; names are in lower case, a name that came twice has two values."""

    method: str
    path: str
    headers: Mapping[str, tuple[str, ...]] = {}

    def words(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated words of a header, in all its lines."""
        return tuple(word.strip() for value in self.headers.get(name, ()) for word in value.split(",") if word.strip())

    def has(self, name: str, word: str) -> bool:
        """Say whether a header has a word; case does not matter."""
        return word.lower() in (each.lower() for each in self.words(name))


class HeadReader:
    """Reads one head from bytes in pieces; `rest` is what came after it, in the protocol that is upgraded to."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self.rest = b""

    def receive(self, data: bytes) -> RequestHead | None:
        """Take the next bytes, which are not empty; return the head once it is whole. Raises Refused."""
        self._http.receive_data(data)
        try:
            event = self._http.next_event()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint if error.error_status_hint in _PHRASES else 400
            raise Refused(status, f"not a request of HTTP/1.1: {error}") from error
        if not isinstance(event, h11.Request):
            return None
        self.rest = self._http.trailing_data[0]
        return _head_of(event)


def _head_of(request: h11.Request) -> RequestHead:
    headers: dict[str, tuple[str, ...]] = {}
    for raw_name, raw_value in request.headers:
        name = raw_name.decode("latin-1")
        headers[name] = (*headers.get(name, ()), raw_value.decode("latin-1"))
    target = request.target.decode("latin-1")
    if request.http_version < b"1.1" or not target.startswith("/"):
        raise Refused(400, "not an HTTP/1.1 request for a path of this server")
    if "transfer-encoding" in headers or headers.get("content-length", ("0",)) != ("0",):
        raise Refused(400, "a request with a body cannot be upgraded")
    return RequestHead(method=request.method.decode("latin-1"), path=target.partition("?")[0], headers=headers)
