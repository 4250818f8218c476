"""Frames of ttrpc in pieces, answers that belong to nobody, and peers that send too much."""

from __future__ import annotations

import pytest

from pycman.errors import Corrupt
from pycman.runtime.shim.messages import TABLE
from pycman.runtime.shim.protobuf import encode
from pycman.runtime.shim.ttrpc import MOST_BYTES, RESPONSE, Client, Frames, Server, frame


def answer(stream, **values):
    return frame(stream, RESPONSE, encode(TABLE, "Response", values))


def test_a_request_as_bytes():
    """The example of ttrpc's PROTOCOL.md: length, stream and type in network order."""
    _stream, data = Client().request("s", "m", b"\x01", {"k": "v"}, timeout_s=1)
    payload = data[10:]
    assert data[:10] == len(payload).to_bytes(4, "big") + b"\0\0\0\x01" + b"\x01\x00"
    assert payload == b"\x0a\x01s\x12\x01m\x1a\x01\x01\x20\x80\x94\xeb\xdc\x03\x2a\x06\x0a\x01k\x12\x01v"


def test_streams_of_a_client_are_odd_and_differ():
    client = Client()
    assert [client.request("s", "m", b"", {})[0] for _ in range(3)] == [1, 3, 5]


def test_answers_come_in_any_pieces_and_in_any_order():
    client = Client()
    for _ in range(2):
        client.request("s", "m", b"", {})
    data = answer(3, payload=b"x" * 300) + answer(1, status={"code": 5, "message": "gone"})
    replies = [reply for byte in data for reply in client.feed(bytes((byte,)))]
    assert [(reply.stream, reply.code, reply.message, len(reply.payload)) for reply in replies] == [
        (3, 0, "", 300),
        (1, 5, "gone", 0),
    ]


def test_answers_that_nobody_awaits_are_dropped():
    client = Client()
    client.request("s", "m", b"", {})
    assert client.feed(answer(7) + frame(1, 3, b"data")) == []
    assert len(client.feed(answer(1) + answer(1))) == 1


def test_a_frame_above_the_limit_is_refused_before_it_has_come():
    with pytest.raises(Corrupt, match="longer"):
        Frames().feed((MOST_BYTES + 1).to_bytes(4, "big") + bytes(6))


def test_an_answer_that_is_no_message_is_refused():
    client = Client()
    client.request("s", "m", b"", {})
    with pytest.raises(Corrupt):
        client.feed(frame(1, RESPONSE, b"\x0a\xff"))


def test_a_server_reads_what_a_client_sends():
    stream, data = (client := Client()).request("events", "Forward", b"payload", {"a": "b"})
    server = Server()
    assert server.feed(data[:5]) == []
    [(got, request)] = server.feed(data[5:])
    assert got == stream
    assert (request["service"], request["method"], request["payload"]) == ("events", "Forward", b"payload")
    assert request["metadata"] == [{"key": "a", "value": "b"}]
    assert client.feed(server.answer(got))[0].code == 0
