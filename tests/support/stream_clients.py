"""Clients of the streaming server: SPDY/3.1 with frames of our own codec (whose bytes have tests of their own), for exec and forwards."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from cri_server.streaming.spdy_frames import (
    DataFrame,
    FrameReader,
    FrameWriter,
    GoAway,
    PingFrame,
    RstStream,
    SynReply,
    SynStream,
)


class SpdyClient:
    """Opens a URL; `open(streamType=…)` a stream, `read` until one has ended."""

    def __init__(self, server, url: str, *protocols: str) -> None:
        parts = urlsplit(url)
        self.socket = server.connect(url)
        lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: Upgrade", "Upgrade: SPDY/3.1",
                 *(f"X-Stream-Protocol-Version: {protocol}" for protocol in protocols)]  # fmt: skip
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.socket.recv(4096)
            if not piece:
                break
            head += piece
        text, _, self._rest = head.partition(b"\r\n\r\n")
        self.head = text.decode()
        self.status = int(self.head.split(" ")[1])
        self._reader, self._writer = FrameReader(), FrameWriter()
        self._next = 1
        self.received: dict[int, bytes] = {}
        self.ended: set[int] = set()
        self.reset: dict[int, int] = {}
        self.accepted: set[int] = set()
        self.pings: list[int] = []

    def open(self, **headers: str) -> int:
        number, self._next = self._next, self._next + 2
        self.write(SynStream(stream_id=number, headers={key.lower(): value for key, value in headers.items()}))
        self.received[number] = b""
        return number

    def write(self, frame) -> None:
        self.socket.sendall(self._writer.encode(frame))

    def send(self, stream: int, data: bytes, *, fin: bool = False) -> None:
        self.write(DataFrame(stream_id=stream, data=data, fin=fin))

    def turn(self) -> bool:
        """Read once; False at the end of the connection."""
        data, self._rest = self._rest or self.socket.recv(1 << 16), b""
        for frame in self._reader.receive(data):
            match frame:
                case DataFrame():
                    self.received[frame.stream_id] += frame.data
                    if frame.fin:
                        self.ended.add(frame.stream_id)
                case RstStream():
                    self.reset[frame.stream_id] = frame.status
                case SynReply():
                    self.accepted.add(frame.stream_id)
                case PingFrame():
                    self.pings.append(frame.ping_id)
                case GoAway():
                    return False
        return bool(data)

    def until(self, condition) -> None:
        while not condition():
            assert self.turn(), (self.received, self.ended, self.reset)

    def to_the_end(self) -> None:
        while self.turn():
            pass

    def close(self) -> None:
        self.socket.close()


class SpdyCommand(SpdyClient):
    """Exec or attach with the streams asked for."""

    def __init__(self, server, url: str, *streams: str, protocol: str = "v4.channel.k8s.io") -> None:
        super().__init__(server, url, protocol)
        self.streams = {name: self.open(streamType=name) for name in ("error", *streams)}

    def type(self, data: bytes, *, fin: bool = False) -> None:
        self.send(self.streams["stdin"], data, fin=fin)

    def __getitem__(self, name: str) -> bytes:
        return self.received[self.streams[name]]

    def result(self) -> dict:
        self.to_the_end()
        return json.loads(self["error"])
