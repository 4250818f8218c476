"""WebSocket messages, there and back, and whatever else may come."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cri_server.streaming.websocket_frames import (
    CLOSE_NO_STATUS,
    WebSocket,
    WebSocketClosed,
    WebSocketError,
    WebSocketMessage,
    WebSocketPong,
    accept_key,
    choose_subprotocol,
)
from tests.support import websocket_frames as ws
from tests.support.websocket_frames import apply_mask, encode_frame

MASK = b"\x01\x80\xff\x37"


def from_client(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    return encode_frame(opcode, payload, fin=fin, mask=MASK)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(ends)]


def heard(data: bytes) -> list[tuple[int, bytes]]:
    """Return opcode and payload of each frame that a client hears."""
    found, place = [], 0
    while place < len(data):
        assert data[place] & 0xF0 == 0x80
        size, start = data[place + 1], place + 2
        if size >= 126:
            start += 2 if size == 126 else 8
            size = int.from_bytes(data[place + 2 : start], "big")
        found.append((data[place] & 0x0F, data[start : start + size]))
        place = start + size
    return found


def test_the_accept_key_is_the_rfcs_example() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("key", ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "ä" * 24, "dGhlIHNhbXBsZSBub25jZQ==\n"])
def test_a_bad_key_is_refused(key: str) -> None:
    with pytest.raises(WebSocketError):
        accept_key(key)


def test_the_clients_order_decides_which_subprotocol_is_spoken() -> None:
    spoken = ["v4.channel.k8s.io", "v5.channel.k8s.io"]
    assert choose_subprotocol(["v9", "v5.channel.k8s.io", "v4.channel.k8s.io"], spoken) == "v5.channel.k8s.io"
    assert choose_subprotocol([], spoken) == ""
    assert choose_subprotocol(["v9"], spoken) is None


def test_the_bytes_are_those_of_the_rfcs_examples() -> None:
    assert encode_frame(ws.TEXT, b"Hello") == bytes.fromhex("810548656c6c6f")
    masked = bytes.fromhex("818537fa213d7f9f4d5158")
    assert encode_frame(ws.TEXT, b"Hello", mask=bytes.fromhex("37fa213d")) == masked
    assert WebSocket().receive(masked) == [WebSocketMessage(data=b"Hello", is_text=True)]
    assert encode_frame(ws.BINARY, bytes(256))[:4] == bytes.fromhex("827e0100")
    assert encode_frame(ws.BINARY, bytes(65536))[:10] == bytes.fromhex("827f0000000000010000")


@given(st.binary(max_size=70), st.binary(min_size=4, max_size=4))
def test_a_mask_put_on_twice_is_off(payload: bytes, mask: bytes) -> None:
    assert apply_mask(payload, mask) == bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
    assert apply_mask(apply_mask(payload, mask), mask) == payload


messages = st.tuples(st.just(ws.BINARY), st.binary(max_size=300)) | st.tuples(
    st.just(ws.TEXT), st.text(max_size=80).map(str.encode)
)


@given(st.lists(messages, max_size=5), st.data())
def test_messages_are_the_same_after_the_journey_however_they_are_cut(sent: list, data) -> None:
    wire, pings = b"", []
    for opcode, payload in sent:
        parts = cut(payload, data.draw(st.lists(st.integers(0, 400), max_size=3))) or [b""]
        for number, part in enumerate(parts):
            wire += from_client(0 if number else opcode, part, fin=number == len(parts) - 1)
            if data.draw(st.booleans()):
                pings.append(b"ping %d" % len(pings))
                wire += from_client(ws.PING, pings[-1])
    socket = WebSocket()
    found = [
        event
        for part in cut(wire, data.draw(st.lists(st.integers(0, 5000), max_size=9)))
        for event in socket.receive(part)
    ]
    assert found == [WebSocketMessage(data=payload, is_text=opcode == ws.TEXT) for opcode, payload in sent]
    assert heard(socket.output()) == [(ws.PONG, ping) for ping in pings]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_messages_of_every_length_are_read_and_written(size: int) -> None:
    socket, data = WebSocket(), bytes(range(256)) * (size // 256 + 1)
    assert socket.receive(from_client(ws.BINARY, data[:size])) == [WebSocketMessage(data=data[:size])]
    socket.send(data[:size])
    assert heard(socket.output()) == [(ws.BINARY, data[:size])]


def test_a_message_as_long_as_may_be_is_taken_byte_by_byte_and_in_parts_with_pings_between() -> None:
    socket = WebSocket(message_bytes=1000)
    whole = (
        from_client(ws.BINARY, bytes(400), fin=False)
        + from_client(ws.PING, bytes(125))
        + from_client(ws.CONTINUATION, bytes(400), fin=False)
        + from_client(ws.CONTINUATION, bytes(200))
    )
    for _ in range(2):
        found = [event for place in range(len(whole)) for event in socket.receive(whole[place : place + 1])]
        assert found == [WebSocketMessage(data=bytes(1000))]
    socket.receive(from_client(ws.BINARY, bytes(400), fin=False))
    with pytest.raises(WebSocketError) as caught:
        socket.receive(from_client(ws.CONTINUATION, bytes(601))[:4])  # before a byte of it is there
    assert caught.value.close_code == 1009


def test_a_close_is_answered_once_and_ends_all() -> None:
    socket = WebSocket()
    socket.ping(b"there?")
    assert socket.receive(from_client(ws.PONG, b"there?")) == [WebSocketPong(data=b"there?")]
    closing = from_client(ws.CLOSE, (1001).to_bytes(2, "big") + b"fort")
    assert socket.receive(closing + b"rubbish") == [WebSocketClosed(code=1001, reason="fort")]
    assert socket.receive(b"more rubbish") == []
    socket.send(b"nobody hears this")
    socket.close()
    assert heard(socket.output()) == [(ws.PING, b"there?"), (ws.CLOSE, (1001).to_bytes(2, "big"))]


def test_a_close_from_here_is_said_once_and_what_comes_before_the_answer_is_taken() -> None:
    socket = WebSocket()
    socket.close(reason="ä" * 100)
    (answer,) = heard(socket.output())
    assert answer == (ws.CLOSE, (1000).to_bytes(2, "big") + ("ä" * 61).encode())
    assert socket.receive(from_client(ws.BINARY, b"late")) == [WebSocketMessage(data=b"late")]
    assert socket.receive(from_client(ws.CLOSE)) == [WebSocketClosed(code=CLOSE_NO_STATUS)]
    assert socket.output() == b""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encode_frame(ws.BINARY, b"bare"), 1002),
        (b"\xc2\x80" + MASK, 1002),
        (b"\x83\x80" + MASK, 1002),
        (b"\x8b\x80" + MASK, 1002),
        (from_client(ws.CONTINUATION, b"of nothing"), 1002),
        (from_client(ws.BINARY, b"a", fin=False) + from_client(ws.TEXT, b"b"), 1002),
        (from_client(ws.PING, b"a", fin=False), 1002),
        (from_client(ws.PING, bytes(126)), 1002),
        (b"\x82\xfe\x00\x01" + MASK + b"x", 1002),
        (b"\x82\xff" + (1 << 63).to_bytes(8, "big") + MASK, 1002),
        (b"\x82\xff" + (65535).to_bytes(8, "big") + MASK, 1002),
        (b"\x82\xff" + (1 << 40).to_bytes(8, "big") + MASK, 1009),
        (from_client(ws.BINARY, bytes(900), fin=False) + from_client(ws.CONTINUATION, bytes(200)), 1009),
        (from_client(ws.TEXT, b"\xff"), 1007),
        (from_client(ws.CLOSE, b"x"), 1002),
        (from_client(ws.CLOSE, (1005).to_bytes(2, "big")), 1002),
        (from_client(ws.CLOSE, (999).to_bytes(2, "big")), 1002),
        (from_client(ws.CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    ],
)
def test_what_breaks_the_rules_is_answered_by_a_close_with_the_reason(data: bytes, code: int) -> None:
    socket = WebSocket(message_bytes=1000)
    with pytest.raises(WebSocketError) as caught:
        socket.receive(data)
    assert caught.value.close_code == code
    with pytest.raises(WebSocketError):
        socket.receive(b"")
    opcode, payload = heard(socket.output())[-1]
    assert (opcode, int.from_bytes(payload[:2], "big")) == (ws.CLOSE, code)


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=30) | st.builds(from_client, st.integers(0, 15), st.binary(max_size=140), fin=st.booleans()), max_size=6))  # fmt: skip
def test_no_bytes_bring_the_reader_down(parts: list[bytes]) -> None:
    socket = WebSocket(message_bytes=200)
    try:
        for part in parts:
            socket.receive(part)
    except WebSocketError:
        assert heard(socket.output())[-1][0] == ws.CLOSE
    heard(socket.output())
