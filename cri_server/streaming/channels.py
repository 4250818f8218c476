"""Channels in the messages of a WebSocket, as Kubernetes numbers them. Pure.

    binary   the channel's number, then bytes                          v4.channel.k8s.io, v5.channel.k8s.io, channel.k8s.io
    base64   a character, "0" for channel 0 and so on, then base64     v4.base64.channel.k8s.io, base64.channel.k8s.io

An empty message is ignored. One that is not valid base64, or whose first character is below "0", is a protocol error.
"""

from __future__ import annotations

import base64

from cri_server.streaming.websocket_frames import (
    CLOSE_NORMAL,
    CLOSE_UNSUPPORTED_DATA,
    WebSocket,
    WebSocketClosed,
    WebSocketError,
    WebSocketMessage,
)
from pycman.record import Record

_ZERO = ord("0")


class ChannelMessage(Record):
    """Bytes received on a channel, possibly none."""

    channel: int
    data: bytes


ChannelEvent = ChannelMessage | WebSocketClosed


class Channels:
    """The server's end, for one of the protocols above."""

    def __init__(self, protocol: str) -> None:
        self._socket = WebSocket()
        self._is_base64 = "base64" in protocol

    def receive(self, data: bytes) -> list[ChannelEvent]:
        """Return the events in `data`. Raises WebSocketError."""
        events: list[ChannelEvent] = []
        for event in self._socket.receive(data):
            match event:
                case WebSocketMessage(data=message) if message:
                    events.append(self._decode(message))
                case WebSocketClosed():
                    events.append(event)
        return events

    def _decode(self, message: bytes) -> ChannelMessage:
        if not self._is_base64:
            return ChannelMessage(channel=message[0], data=message[1:])
        try:
            if message[0] < _ZERO:
                raise ValueError("not a channel")
            return ChannelMessage(channel=message[0] - _ZERO, data=base64.b64decode(message[1:], validate=True))
        except ValueError:  # binascii.Error is one
            self._socket.close(CLOSE_UNSUPPORTED_DATA, "not base64")
            raise WebSocketError("a message is not base64", close_code=CLOSE_UNSUPPORTED_DATA) from None

    def send(self, channel: int, data: bytes) -> None:
        """Send bytes on a channel."""
        if self._is_base64:
            self._socket.send(chr(_ZERO + channel).encode() + base64.b64encode(data), is_text=True)
        else:
            self._socket.send(bytes([channel]) + data)

    def close(self) -> None:
        """Close all channels."""
        self._socket.close(CLOSE_NORMAL)

    def output(self) -> bytes:
        """Return the bytes for the client since the last call."""
        return self._socket.output()
