"""Channels of a WebSocket: the same messages for exec, attach and port forwarding."""

from __future__ import annotations

import pytest

from cri_server.streaming.channels import ChannelMessage, Channels
from cri_server.streaming.websocket_frames import WebSocketClosed, WebSocketError
from tests.support.websocket_frames import BINARY, CLOSE, TEXT, encode_frame


def message(data: bytes, opcode: int = BINARY) -> bytes:
    return encode_frame(opcode, data, mask=b"mask")


def test_the_first_byte_is_the_channel() -> None:
    channels = Channels("v5.channel.k8s.io")
    assert channels.receive(message(b"\0in") + message(b"") + message(b"\xff\0") + message(b"\3")) == [
        ChannelMessage(channel=0, data=b"in"),
        ChannelMessage(channel=255, data=b"\0"),
        ChannelMessage(channel=3, data=b""),
    ]
    channels.send(12, b"out")
    assert channels.output() == encode_frame(BINARY, b"\x0cout")


def test_in_base64_the_first_character_counts_from_0() -> None:
    channels = Channels("v4.base64.channel.k8s.io")
    assert channels.receive(message(b"0aW4=", TEXT) + message(b"", TEXT) + message(b":aW4=", TEXT)) == [
        ChannelMessage(channel=0, data=b"in"),
        ChannelMessage(channel=10, data=b"in"),
    ]
    channels.send(1, b"out")
    channels.send(10, b"out")
    assert channels.output() == encode_frame(TEXT, b"1b3V0") + encode_frame(TEXT, b":b3V0")


@pytest.mark.parametrize("wrong", [b"0***", b"0aW4", b"/aW4=", b"\x01aW4=", b"0aW4=\n"])
def test_what_is_not_base64_closes_the_connection(wrong: bytes) -> None:
    channels = Channels("base64.channel.k8s.io")
    with pytest.raises(WebSocketError) as caught:
        channels.receive(message(wrong, TEXT))
    assert caught.value.close_code == 1003
    assert channels.output() == encode_frame(CLOSE, (1003).to_bytes(2, "big") + b"not base64")


def test_a_close_is_given_on() -> None:
    channels = Channels("v4.channel.k8s.io")
    assert channels.receive(message(b"", CLOSE)) == [WebSocketClosed(code=1005)]
    channels.close()
    assert channels.output() == encode_frame(CLOSE, (1000).to_bytes(2, "big"))
