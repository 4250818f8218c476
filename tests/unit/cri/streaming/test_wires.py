"""Exec, attach and port forwarding over both wires, fed in pieces and with nonsense."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cri_server.streaming.port_forward import (
    AllGone,
    LinkBytes,
    LinkEnded,
    LinkGone,
    LinkOpened,
    SpdyForward,
    TunnelledForward,
    WebSocketForward,
)
from cri_server.streaming.remote_command import (
    ClientLeft,
    Resized,
    SpdyCommand,
    Typed,
    TypedEnd,
    Wanted,
    WebSocketCommand,
    exit_status,
    failure,
    success,
)
from cri_server.streaming.spdy_frames import (
    DataFrame,
    FrameReader,
    FrameWriter,
    RstStream,
    SpdyError,
    SynReply,
    SynStream,
)
from cri_server.streaming.websocket_frames import WebSocketError
from tests.support.websocket_frames import BINARY, CLOSE, TEXT, encode_frame

ALL = Wanted(stdin=True, stdout=True, terminal=True)
MASK = b"mask"


def opened(writer: FrameWriter, number: int, kind: str, **more: str) -> bytes:
    return writer.encode(SynStream(stream_id=number, headers={"streamtype": kind, **more}))


def message(data: bytes, opcode: int = BINARY) -> bytes:
    return encode_frame(opcode, data, mask=MASK)


def heard(data: bytes, reader: FrameReader | None = None) -> list:
    """Return the frames a client hears; with more to come, its reader knows what went before."""
    return [each for each in (reader or FrameReader()).receive(data) if not isinstance(each, SynReply)]


def test_a_command_over_spdy_is_ready_with_its_last_stream() -> None:
    wire, writer = SpdyCommand(ALL, "v4.channel.k8s.io"), FrameWriter()
    kinds = ["error", "stdin", "stdout", "resize"]
    data = b"".join(opened(writer, 2 * place + 1, kind) for place, kind in enumerate(kinds))
    assert [wire.receive(data[place : place + 1]) for place in range(len(data) - 1)] == [[]] * (len(data) - 1)
    assert not wire.ready
    wire.receive(data[-1:])
    assert wire.ready
    events = wire.receive(
        writer.encode(DataFrame(stream_id=3, data=b"ls\n"))
        + writer.encode(DataFrame(stream_id=7, data=b'{"Width":80,"Height":24}{"Width":0,"Height":1}nonsense}{"Width"'))
        + writer.encode(DataFrame(stream_id=7, data=b':9,"Height":8}'))
        + writer.encode(DataFrame(stream_id=3, fin=True))
    )
    assert events == [Typed(data=b"ls\n"), Resized(columns=80, rows=24), Resized(columns=9, rows=8), TypedEnd()]


def test_what_was_not_asked_for_is_refused_over_spdy() -> None:
    wire, writer = SpdyCommand(Wanted(stdout=True), "v4.channel.k8s.io"), FrameWriter()
    wire.receive(
        opened(writer, 1, "error")
        + opened(writer, 3, "stdin")
        + opened(writer, 5, "stdout")
        + opened(writer, 7, "stdout")
    )
    assert wire.ready
    assert [each.stream_id for each in heard(wire.output()) if isinstance(each, RstStream)] == [3, 7]


@pytest.mark.parametrize(
    ("protocol", "status", "said"),
    [
        ("v4.channel.k8s.io", success(), json.dumps(success())),
        ("v4.channel.k8s.io", exit_status(3), json.dumps(exit_status(3))),
        ("v2.channel.k8s.io", success(), ""),
        ("v2.channel.k8s.io", failure("no such file"), "no such file"),
    ],
)
def test_how_it_ended_is_told_as_the_protocol_has_it(protocol, status, said) -> None:
    wire, writer = SpdyCommand(Wanted(stdout=True), protocol), FrameWriter()
    wire.receive(opened(writer, 1, "error") + opened(writer, 3, "stdout"))
    wire.write("stdout", b"out")
    wire.write("stderr", b"for nobody")
    wire.finish(status)
    frames = heard(wire.output())
    text = b"".join(frame.data for frame in frames if frame.stream_id == 1).decode()
    assert (json.loads(text) if text.startswith("{") else text) == (json.loads(said) if said.startswith("{") else said)
    assert b"".join(frame.data for frame in frames if frame.stream_id == 3) == b"out"
    assert sorted(frame.stream_id for frame in frames if frame.fin) == [1, 3]


def test_a_command_over_websocket() -> None:
    wire = WebSocketCommand(ALL, "v5.channel.k8s.io")
    assert wire.output() == encode_frame(BINARY, b"\1")
    events = wire.receive(
        message(b"\0in") + message(b'\4{"Width":80,"Height":24}') + message(b"\1out?") + message(b"") + message(b"\xff\0")
        + message(b"", CLOSE)
    )  # fmt: skip
    assert events == [Typed(data=b"in"), Resized(columns=80, rows=24), TypedEnd(), ClientLeft()]
    older = WebSocketCommand(ALL, "v4.channel.k8s.io")
    assert older.receive(message(b"\xff\0")) == []


def test_base64_over_websocket() -> None:
    wire = WebSocketCommand(ALL, "v4.base64.channel.k8s.io")
    assert wire.output() == encode_frame(TEXT, b"1")
    assert wire.receive(message(b"0aW4=", TEXT)) == [Typed(data=b"in")]
    wire.write("stdout", b"out")
    assert wire.output() == encode_frame(TEXT, b"1b3V0")
    with pytest.raises(WebSocketError):
        wire.receive(message(b"0***", TEXT))


def test_links_over_spdy() -> None:
    wire, writer, reader = SpdyForward(), FrameWriter(), FrameReader()
    both = {"port": "80", "requestid": "7"}
    assert wire.receive(opened(writer, 1, "data", **both)) == []
    assert wire.receive(writer.encode(DataFrame(stream_id=1, data=b"early", fin=True))) == []
    assert wire.receive(opened(writer, 3, "error", **both)) == [
        LinkOpened(link=1, port=80), LinkBytes(link=1, data=b"early"), LinkEnded(link=1)]  # fmt: skip
    wire.send(1, b"answer")
    wire.end(1)
    wire.send(1, b"after the end")
    frames = heard(wire.output(), reader)
    assert b"".join(frame.data for frame in frames if frame.stream_id == 1) == b"answer"
    assert {frame.stream_id for frame in frames if frame.fin} == {1, 3}
    # without request ids, as very old clients are; and one that fails
    assert wire.receive(opened(writer, 5, "error", port="81") + opened(writer, 7, "data", port="81")) == [
        LinkOpened(link=7, port=81)]  # fmt: skip
    wire.fail(7, "connection refused")
    frames = heard(wire.output(), reader)
    assert next(frame.data for frame in frames if isinstance(frame, DataFrame)) == b"connection refused"
    assert RstStream in {type(frame) for frame in frames}
    again = opened(writer, 9, "error", port="82", requestid="8") + opened(writer, 11, "data", port="82", requestid="8")
    again += writer.encode(RstStream(stream_id=11, status=5))
    assert wire.receive(again) == [LinkOpened(link=11, port=82), LinkGone(link=11)]


@pytest.mark.parametrize("headers", [{"port": "0"}, {"port": "65536"}, {"port": "x"}, {}, {"port": "²"}])
def test_ports_that_are_none_are_refused(headers) -> None:
    wire, writer = SpdyForward(), FrameWriter()
    assert wire.receive(opened(writer, 1, "data", **headers)) == []
    assert [type(each) for each in heard(wire.output())] == [RstStream]


def test_links_in_channels_of_a_websocket() -> None:
    wire = WebSocketForward([80, 443], "v4.channel.k8s.io")
    assert wire.receive(b"") == [LinkOpened(link=0, port=80), LinkOpened(link=1, port=443)]
    wire.output()
    assert wire.receive(message(b"\2hello") + message(b"\1error?") + message(b"\x09none")) == [
        LinkBytes(link=1, data=b"hello")]  # fmt: skip
    wire.fail(0, "refused")
    assert wire.output() == encode_frame(BINARY, b"\1refused")
    wire.end(1)
    assert wire.output() == encode_frame(CLOSE, b"\x03\xe8")
    assert wire.receive(message(b"", CLOSE)) == [AllGone()]


def test_spdy_within_a_websocket() -> None:
    wire, writer = TunnelledForward(), FrameWriter()
    first = opened(writer, 1, "error", port="80", requestid="0")
    second = opened(writer, 3, "data", port="80", requestid="0")
    joined = first + second
    assert wire.receive(message(joined[:10]) + message(joined[10:])) == [LinkOpened(link=3, port=80)]
    wire.send(3, b"x")
    assert wire.output()[0] == 0x80 | BINARY


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
def test_nothing_but_errors_of_the_protocols_comes_of_nonsense(pieces, framed) -> None:
    for wire in (
        SpdyCommand(ALL, "v4.channel.k8s.io"), WebSocketCommand(ALL, "v5.channel.k8s.io"),
        WebSocketCommand(ALL, "v4.base64.channel.k8s.io"), SpdyForward(), TunnelledForward(),
        WebSocketForward([80], "v4.channel.k8s.io"), WebSocketForward([80], "v4.base64.channel.k8s.io"),
    ):  # fmt: skip
        try:
            for piece in pieces:
                wire.receive(message(piece) if framed else piece)
        except (SpdyError, WebSocketError):
            wire.output()
