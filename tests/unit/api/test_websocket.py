"""WebSocket clients of attach: messages become bytes and bytes messages, and either side can end it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from api_server.errors import HttpError
from api_server.http.request import Request
from api_server.streams.websocket import WebSocketClient, accept

KEY = {"upgrade": "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}


class Far:
    """The client's end: `send` queues frames for the server, `events` reads what the server sent."""

    def __init__(self) -> None:
        self.frames = Connection(ConnectionType.CLIENT)
        self.sent: list[bytes] = []
        self.closed = False
        self.taken: dict[str, Any] = {}

    def send(self, *events: Event) -> None:
        self.sent += [self.frames.send(event) for event in events]

    async def take_over(self, **words: Any) -> Far:
        self.taken = words
        return self

    async def read(self) -> bytes:
        return self.sent.pop(0) if self.sent else b""

    async def write(self, data: bytes) -> None:
        self.frames.receive_data(data)

    def has_left(self) -> bool:
        return self.closed

    async def close(self) -> None:
        self.closed = True

    def events(self) -> list[Event]:
        return list(self.frames.events())


def test_messages_are_bytes_in_both_directions() -> None:
    far = Far()
    client = WebSocketClient(far, text=False)  # type: ignore[arg-type]
    far.send(TextMessage(data="hé"), Ping(payload=b"p"), BytesMessage(data=b"\0\xff"), CloseConnection(code=1000))

    async def run() -> list[bytes]:
        await client.write(b"out")
        return [await client.read() for _ in range(4)]

    assert asyncio.run(run()) == ["hé".encode(), b"\0\xff", b"", b""]
    assert client.has_left()
    said, pong, end = far.events()
    assert isinstance(said, BytesMessage)
    assert said.data == b"out"
    assert isinstance(pong, Pong)
    assert isinstance(end, CloseConnection)


def test_what_breaks_the_protocol_ends_it() -> None:
    far = Far()
    far.sent.append(b"\xff\xff not a frame")
    client = WebSocketClient(far, text=True)  # type: ignore[arg-type]
    assert asyncio.run(client.read()) == b""
    (end,) = far.events()
    assert isinstance(end, CloseConnection)
    assert end.code == 1002


def test_the_server_closes_with_a_frame_and_old_clients_get_text() -> None:
    far = Far()
    client = WebSocketClient(far, text=True)  # type: ignore[arg-type]

    async def run() -> None:
        await client.write(b"\xffx")
        await client.close()

    asyncio.run(run())
    text, end = far.events()
    assert isinstance(text, TextMessage)
    assert text.data == "�x"
    assert isinstance(end, CloseConnection)
    assert far.closed


@pytest.mark.parametrize("missing", list(KEY))
def test_a_request_that_is_no_handshake_is_refused(missing: str) -> None:
    headers = {name: value for name, value in KEY.items() if name != missing}
    request = Request(method="GET", path="/", headers=headers, version=(1, 47))
    with pytest.raises(HttpError, match="WebSocket"):
        asyncio.run(accept(Far(), request))  # type: ignore[arg-type]


def test_the_handshake_is_that_of_the_rfc() -> None:
    far = Far()
    request = Request(method="GET", path="/", headers=KEY, version=(1, 47))
    asyncio.run(accept(far, request))  # type: ignore[arg-type]
    assert far.taken["protocol"] == "websocket"
    assert far.taken["more"] == {"Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}
