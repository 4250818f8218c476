"""Heads of requests: what is spoken, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cri_server.streaming.http_head import HEAD_BYTES, HeadReader, Refused, RequestHead
from cri_server.streaming.negotiation import negotiate
from cri_server.streaming.tickets import LIFETIME_S, MOST, Tickets
from pycman.errors import Unavailable

UPGRADE = ("Connection: keep-alive, Upgrade",)
WEBSOCKET = (*UPGRADE, "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")


def head(*lines: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} /exec/abc?x=1 HTTP/1.1", "Host: node", *lines]).encode()


def parse_head(data: bytes) -> RequestHead:
    found = HeadReader().receive(data + b"\r\n\r\n")
    assert found is not None
    return found


def refusal(data: bytes, kind: str = "exec") -> bytes:
    with pytest.raises(Refused) as caught:
        negotiate(parse_head(data), kind)
    return caught.value.answer


def test_the_first_protocol_of_the_client_that_is_known_is_spoken() -> None:
    lines = (*UPGRADE, "Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: v5.channel.k8s.io",
             "x-stream-protocol-version: v4.channel.k8s.io, v3.channel.k8s.io")  # fmt: skip
    found = negotiate(parse_head(head(*lines, method="POST")), "exec")
    assert (found.is_spdy, found.protocol) == (True, "v4.channel.k8s.io")
    assert found.answer.startswith(b"HTTP/1.1 101 ")
    assert b"\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n" in found.answer
    none = negotiate(parse_head(head(*UPGRADE, "Upgrade: SPDY/3.1")), "attach")
    assert none.protocol == "channel.k8s.io"
    assert b"X-Stream" not in none.answer


def test_websocket_is_agreed_on_as_rfc_6455_has_it() -> None:
    lines = (*WEBSOCKET, "Sec-WebSocket-Protocol: v9, v5.channel.k8s.io")
    found = negotiate(parse_head(head(*lines)), "exec")
    assert (found.is_spdy, found.protocol) == (False, "v5.channel.k8s.io")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in found.answer
    tunnel = negotiate(
        parse_head(head(*WEBSOCKET, "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io")), "portforward"
    )
    assert not tunnel.is_spdy


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"nonsense", "exec", 400),
        (b"GET http://x/ HTTP/1.1", "exec", 400),
        (head("no colon"), "exec", 400),
        (head("Name : x"), "exec", 400),
        (head(), "exec", 400),
        (head(*UPGRADE, "Upgrade: h2c"), "exec", 400),
        (head(*UPGRADE, "Upgrade: SPDY/3.1", method="PUT"), "exec", 405),
        (head(*UPGRADE, "Upgrade: SPDY/3.1", "X-Stream-Protocol-Version: v9"), "exec", 403),
        (head(*WEBSOCKET, method="POST"), "exec", 400),
        (head(*WEBSOCKET[:-1]), "exec", 400),
        (head(*WEBSOCKET, "Sec-WebSocket-Protocol: v9"), "exec", 403),
        (head(*WEBSOCKET), "portforward", 403),
    ],
)
def test_what_cannot_be_taken_gets_a_whole_answer(data, kind, status) -> None:
    answer = refusal(data, kind)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    header, _, body = answer.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in header


@given(st.binary(max_size=300))
def test_no_head_does_anything_but_be_refused(data) -> None:
    try:
        negotiate(parse_head(data), "exec")
    except Refused as refused:
        assert refused.answer.startswith(b"HTTP/1.1 4")  # noqa: PT017 - most are refused, not all


def test_a_head_may_come_byte_by_byte_and_what_follows_it_is_kept() -> None:
    whole, reader = head(*UPGRADE, "X-Twice: a", "x-twice: b, c", "Content-Length: 0") + b"\r\n\r\n", HeadReader()
    for place in range(len(whole) - 1):
        assert reader.receive(whole[place : place + 1]) is None
    found = reader.receive(whole[-1:] + b"\x80\x03SPDY")
    assert found is not None
    assert (found.method, found.path, found.tokens("x-twice")) == ("GET", "/exec/abc", ("a", "b", "c"))
    assert reader.rest == b"\x80\x03SPDY"


def test_a_head_that_is_too_long_is_refused_before_it_is_whole() -> None:
    reader, sent = HeadReader(), 0
    with pytest.raises(Refused) as caught:
        while sent <= 2 * HEAD_BYTES:
            reader.receive(head("X: " + "y" * 1000) if not sent else b"z" * 1000)
            sent += 1000
    assert caught.value.answer.startswith(b"HTTP/1.1 431 ")
    assert sent <= HEAD_BYTES


@pytest.mark.parametrize(
    "data",
    [
        head(*UPGRADE, "Upgrade: SPDY/3.1", "Content-Length: 3", method="POST"),
        head(*UPGRADE, "Upgrade: SPDY/3.1", "Transfer-Encoding: chunked", method="POST"),
        head(*UPGRADE, "Upgrade: SPDY/3.1").replace(b"HTTP/1.1", b"HTTP/1.0"),
        head(*UPGRADE, "Upgrade: SPDY/3.1").replace(b"Host: node\r\n", b""),
        head(*UPGRADE, "Upgrade: SPDY/3.1", "Host: other"),
        head(*UPGRADE, "Upgrade: SPDY/3.1", "X: a\0b"),
    ],
)
def test_a_request_that_cannot_be_upgraded_is_refused(data: bytes) -> None:
    assert refusal(data).startswith(b"HTTP/1.1 400 ")


def test_tickets_are_good_once_and_for_a_minute(tmp_path) -> None:
    import os
    import time

    tickets = Tickets(str(tmp_path / "t"))
    token = tickets.issue({"kind": "exec", "id": "x"})
    assert (tmp_path / "t").stat().st_mode & 0o777 == 0o700
    assert Tickets(str(tmp_path / "t")).claim(token) == {"kind": "exec", "id": "x"}
    assert tickets.claim(token) is None
    old = tickets.issue({"kind": "exec"})
    before = time.time() - LIFETIME_S - 5
    os.utime(tmp_path / "t" / old, (before, before))
    assert tickets.claim(old) is None
    for wrong in ("", "..", "../t", "0" * 32, "/etc/passwd", "é" * 32):
        assert tickets.claim(wrong) is None


def test_too_many_tickets_are_refused_until_they_are_old(tmp_path) -> None:
    import os
    import time

    tickets = Tickets(str(tmp_path))
    tokens = [tickets.issue({"n": n}) for n in range(MOST)]
    with pytest.raises(Unavailable, match="streams wait"):
        tickets.issue({})
    before = time.time() - LIFETIME_S - 5
    for token in tokens:
        os.utime(tmp_path / token, (before, before))
    assert tickets.claim(tickets.issue({"last": 1})) == {"last": 1}
    assert os.listdir(tmp_path) == []
