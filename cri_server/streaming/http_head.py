"""Parse the head of a request for an upgraded connection with h11, and build the answer to a refused one. Pure."""

from __future__ import annotations

import h11

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEAD_BYTES = 64 << 10
"""The longest request head that is accepted."""
_PHRASES = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}  # fmt: skip


class Refused(InvalidInput):
    """The request is refused; `answer` is the HTTP response for the client."""

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
    """A request's line and headers; header names are in lower case, and a repeated header has several values."""

    method: str
    path: str
    headers: Mapping[str, tuple[str, ...]] = {}

    def tokens(self, name: str) -> tuple[str, ...]:
        """Return the comma-separated tokens of a header, in all its lines."""
        return tuple(
            token.strip() for value in self.headers.get(name, ()) for token in value.split(",") if token.strip()
        )

    def has(self, name: str, token: str) -> bool:
        """Return whether a header has a token; case does not matter."""
        return token.lower() in (present.lower() for present in self.tokens(name))


class HeadReader:
    """Reads one head from bytes in pieces; `rest` are the bytes after it, which belong to the upgraded protocol."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self.rest = b""

    def receive(self, data: bytes) -> RequestHead | None:
        """Parse the next bytes, which are not empty; return the head once it is complete. Raises Refused."""
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
