"""Choose the protocol of an upgraded connection by its request (RFC 9110, 7.8; RFC 6455, 4). Pure.

exec, attach     SPDY: v4, v3, v2 and channel.k8s.io          WebSocket: v5, v4 and channel.k8s.io, the last two in base64 as well
port forwarding  SPDY: portforward.k8s.io                     WebSocket: SPDY inside of it, or v4.channel.k8s.io
"""

from __future__ import annotations

from cri_server.streaming.http_head import Refused
from cri_server.streaming.websocket_frames import WebSocketError, accept_key, choose_subprotocol
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cri_server.streaming.http_head import RequestHead

TUNNEL = "SPDY/3.1+portforward.k8s.io"

_COMMAND_SPDY = ("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
_CHANNELS = ("v4.channel.k8s.io", "v4.base64.channel.k8s.io")
_COMMAND_WEBSOCKET = ("v5.channel.k8s.io", *_CHANNELS, "channel.k8s.io", "base64.channel.k8s.io")
_PROTOCOLS = {
    "exec": (_COMMAND_SPDY, _COMMAND_WEBSOCKET),
    "attach": (_COMMAND_SPDY, _COMMAND_WEBSOCKET),
    "portforward": (("portforward.k8s.io",), (TUNNEL, *_CHANNELS)),
}
KINDS = frozenset(_PROTOCOLS)


class Upgrade(Record):
    """The chosen protocol, over SPDY or WebSocket; `answer` is the head of the response that accepts it."""

    is_spdy: bool
    protocol: str
    answer: bytes


def negotiate(head: RequestHead, kind: str) -> Upgrade:
    """Return the protocol for a request of `kind` exec, attach or portforward. Raises Refused."""
    if head.method not in ("GET", "POST"):
        raise Refused(405, "only GET and POST", [("Allow", "GET, POST")])
    if not head.has("connection", "upgrade"):
        raise Refused(400, "the connection must be upgraded to SPDY/3.1 or WebSocket")
    spdy, websocket = _PROTOCOLS[kind]
    if head.has("upgrade", "websocket"):
        return _websocket(head, websocket)
    if head.has("upgrade", "SPDY/3.1"):
        return _spdy(head, spdy)
    raise Refused(400, "the connection can be upgraded to SPDY/3.1 or WebSocket only")


def _spdy(head: RequestHead, spoken: Sequence[str]) -> Upgrade:
    offered = head.tokens("x-stream-protocol-version")
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
    offered = head.tokens("sec-websocket-protocol")
    protocol = choose_subprotocol(offered, spoken)
    if protocol is None or (not protocol and "channel.k8s.io" not in spoken):
        raise Refused(403, f"none of {', '.join(offered) or 'no protocols'} is spoken here, only {', '.join(spoken)}")
    chosen = [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
    lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket",
             f"Sec-WebSocket-Accept: {accept}", *chosen, "", ""]  # fmt: skip
    return Upgrade(is_spdy=False, protocol=protocol or "channel.k8s.io", answer="\r\n".join(lines).encode())
