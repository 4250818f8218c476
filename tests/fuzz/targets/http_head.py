"""Heads of requests to the streaming server of the CRI, in pieces."""

from __future__ import annotations

from cri_server.streaming.http_head import HeadReader
from cri_server.streaming.negotiation import negotiate
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    for size in (len(data), 7):
        reader = HeadReader()
        for start in range(0, len(data), size or 1):
            head = reader.receive(data[start : start + size])
            if head is not None:
                negotiate(head, "exec" if size == 7 else "portforward")
                break


TARGET = Target(
    run=run,
    seeds=(
        b"POST /exec/abc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\nrest",
        (b"GET /exec/abc?x=1 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n"),
    ),
    words=(b"\r\n", b"\r\n\r\n", b"HTTP/1.0", b"Transfer-Encoding: chunked", b"Content-Length: 5", b"Connection: ", b"Upgrade: ", b"SPDY/3.1", b"websocket",
           b"Host: ", b"Expect: 100-continue", b": ", b"%00", b"http://x/", b"*"),
)  # fmt: skip
