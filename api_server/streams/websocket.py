"""Attach over WebSocket (RFC 6455): messages in place of bytes; frames by wsproto, which is sans-IO as h11 is."""

from __future__ import annotations

from collections import deque

from wsproto.connection import Connection as Frames
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, generate_accept_token

from api_server.errors import HttpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.http.connection import Connection, TakenOver
    from api_server.http.request import Request

_BINARY_SINCE = (1, 28)
"""Before this version of the API output is in messages of text."""


async def accept(connection: Connection, request: Request) -> WebSocketClient:
    """Answer the request with 101 and return the client. Raises HttpError if it does not ask for a WebSocket."""
    key = request.headers.get("sec-websocket-key", "")
    if (
        request.headers.get("upgrade", "").lower() != "websocket"
        or request.headers.get("sec-websocket-version") != "13"
        or not key
    ):
        raise HttpError(400, "this endpoint is for WebSocket clients (RFC 6455, version 13)")
    token = generate_accept_token(key.encode("latin-1")).decode("latin-1")
    client = await connection.take_over(
        upgraded=True, content_type="", protocol="websocket", more={"Sec-WebSocket-Accept": token}
    )
    return WebSocketClient(client, text=request.version < _BINARY_SINCE)


class WebSocketClient:
    """A client whose bytes come and go as messages, with the methods of `TakenOver`."""

    def __init__(self, client: TakenOver, *, text: bool) -> None:
        self._client = client
        self._text = text
        self._frames = Frames(ConnectionType.SERVER)
        self._come: deque[Any] = deque()

    async def read(self) -> bytes:
        """Return the bytes of the client's next message or a part of it, none once it has closed."""
        while True:
            while self._come:
                event = self._come.popleft()
                if isinstance(event, (BytesMessage, TextMessage)) and event.data:
                    return event.data.encode() if isinstance(event.data, str) else bytes(event.data)
                if isinstance(event, Ping):
                    await self._send(event.response())
                elif isinstance(event, CloseConnection):
                    await self._end(event.response())
                    return b""
            if self._frames.state is not ConnectionState.OPEN:
                return b""
            self._frames.receive_data(await self._client.read() or None)
            self._come.extend(self._frames.events())

    def has_left(self) -> bool:
        """Say whether the client has closed the WebSocket, or its connection."""
        return self._frames.state is not ConnectionState.OPEN or self._client.has_left()

    async def write(self, data: bytes) -> None:
        """Send bytes as a message; waits for a slow client. Raises ClientGone."""
        if data:
            await self._send(
                TextMessage(data=data.decode("utf-8", "replace")) if self._text else BytesMessage(data=data)
            )

    async def close(self) -> None:
        """End the WebSocket, and its connection after all bytes were sent."""
        await self._end(CloseConnection(code=1000))
        await self._client.close()

    async def _end(self, event: CloseConnection) -> None:
        if self._frames.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            await self._send(event)

    async def _send(self, event: Any) -> None:
        try:
            data = self._frames.send(event)
        except LocalProtocolError:
            return  # closed meanwhile
        await self._client.write(data)
