"""The request for an upgraded connection, and what will be spoken on it (RFC 9110 7.8, RFC 6455 4). Pure.

exec, attach     SPDY: v4, v3, v2 and channel.k8s.io          WebSocket: v5, v4 and channel.k8s.io, the last two in base64 as well
port forwarding  SPDY: portforward.k8s.io                     WebSocket: SPDY inside of it, or v4.channel.k8s.io
"""

from __future__ import annotations

from cri_server.streaming.websocket_frames import WebSocketError, accept_key, choose_subprotocol
from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEAD_BYTES = 64 << 10
"""Longest head of a request that is read."""
TUNNEL = "SPDY/3.1+portforward.k8s.io"

_COMMAND_SPDY = ("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
_CHANNELS = ("v4.channel.k8s.io", "v4.base64.channel.k8s.io")
_COMMAND_WEBSOCKET = ("v5.channel.k8s.io", *_CHANNELS, "channel.k8s.io", "base64.channel.k8s.io")
_SPOKEN = {
    "exec": (_COMMAND_SPDY, _COMMAND_WEBSOCKET),
    "attach": (_COMMAND_SPDY, _COMMAND_WEBSOCKET),
    "portforward": (("portforward.k8s.io",), (TUNNEL, *_CHANNELS)),
}
_PHRASES = {
    400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 431: "Request Header Fields Too Large",
    500: "Internal Server Error",
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


class Upgrade(Record):
    """What will be spoken: over SPDY or WebSocket, in which protocol; `answer` is the head that says so."""

    is_spdy: bool
    protocol: str
    answer: bytes


def parse_head(data: bytes) -> RequestHead:
    """Read a request's head, without the empty line at its end. Raises Refused."""
    first, *lines = data.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise Refused(400, "not an HTTP/1.1 request")
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Refused(400, "a header is malformed")
        headers[name.lower()] = (*headers.get(name.lower(), ()), value.strip())
    return RequestHead(method=words[0], path=words[1].partition("?")[0], headers=headers)


def negotiate(head: RequestHead, kind: str) -> Upgrade:
    """Settle what is spoken for "exec", "attach" or "portforward". Raises Refused."""
    if head.method not in ("GET", "POST"):
        raise Refused(405, "only GET and POST", [("Allow", "GET, POST")])
    if not head.has("connection", "upgrade"):
        raise Refused(400, "the connection must be upgraded to SPDY/3.1 or WebSocket")
    spdy, websocket = _SPOKEN[kind]
    if head.has("upgrade", "websocket"):
        return _websocket(head, websocket)
    if head.has("upgrade", "SPDY/3.1"):
        return _spdy(head, spdy)
    raise Refused(400, "the connection can be upgraded to SPDY/3.1 or WebSocket only")


def _spdy(head: RequestHead, spoken: Sequence[str]) -> Upgrade:
    offered = head.words("x-stream-protocol-version")
    protocol = choose_subprotocol(offered, spoken)
    if protocol is None:
        accepted = [("X-Accepted-Stream-Protocol-Versions", each) for each in spoken]
        raise Refused(403, f"none of {', '.join(offered)} is spoken here", accepted)
    chosen = [f"X-Stream-Protocol-Version: {protocol}"] if protocol else []
    lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: SPDY/3.1", *chosen, "", ""]
    return Upgrade(is_spdy=True, protocol=protocol or spoken[-1], answer="\r\n".join(lines).encode())


def _websocket(head: RequestHead, spoken: Sequence[str]) -> Upgrade:
    if head.method != "GET" or not head.has("sec-websocket-version", "13"):
        raise Refused(400, "WebSocket begins with GET, in version 13", [("Sec-WebSocket-Version", "13")])
    try:
        accept = accept_key(next(iter(head.headers.get("sec-websocket-key", ())), ""))
    except WebSocketError as error:
        raise Refused(400, error.problem) from error
    offered = head.words("sec-websocket-protocol")
    protocol = choose_subprotocol(offered, spoken)
    if protocol is None or (not protocol and "channel.k8s.io" not in spoken):
        raise Refused(403, f"none of {', '.join(offered) or 'no protocols'} is spoken here, only {', '.join(spoken)}")
    chosen = [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
    lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket",
             f"Sec-WebSocket-Accept: {accept}", *chosen, "", ""]  # fmt: skip
    return Upgrade(is_spdy=False, protocol=protocol or "channel.k8s.io", answer="\r\n".join(lines).encode())
