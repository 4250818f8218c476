"""SPDY/3.1 frames, there and back, and whatever else may come."""

from __future__ import annotations

import contextlib
import itertools
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cri_server.streaming import spdy_frames as spdy
from cri_server.streaming.spdy_frames import (
    BrokenStream,
    DataFrame,
    FrameReader,
    FrameWriter,
    GoAway,
    HeadersFrame,
    PingFrame,
    RstStream,
    SettingsFrame,
    SpdyError,
    SynReply,
    SynStream,
    WindowUpdate,
)

streams = st.integers(1, (1 << 31) - 1)
names = st.text(st.characters(codec="latin-1", exclude_categories=["Lu"]), min_size=1, max_size=20)
values = st.lists(st.text(st.characters(codec="latin-1", exclude_characters="\0"), min_size=1, max_size=30), max_size=3)
headers = st.dictionaries(names, values.map("\0".join), max_size=5)
words = st.integers(0, (1 << 32) - 1)
frames = st.one_of(
    st.builds(SynStream, stream_id=streams, headers=headers, associated_id=streams, priority=st.integers(0, 7),
              fin=st.booleans(), unidirectional=st.booleans()),
    st.builds(SynReply, stream_id=streams, headers=headers, fin=st.booleans()),
    st.builds(HeadersFrame, stream_id=streams, headers=headers, fin=st.booleans()),
    st.builds(RstStream, stream_id=streams, status=words),
    st.builds(SettingsFrame, clear=st.booleans(), entries=st.lists(
        st.tuples(st.integers(0, (1 << 24) - 1), st.integers(0, 255), words), max_size=4).map(tuple)),
    st.builds(PingFrame, ping_id=words),
    st.builds(GoAway, last_stream_id=st.integers(0, (1 << 31) - 1), status=words),
    st.builds(WindowUpdate, stream_id=st.integers(0, (1 << 31) - 1), delta=streams),
    st.builds(DataFrame, stream_id=streams, data=st.binary(max_size=300), fin=st.booleans()),
)  # fmt: skip


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut at places that may be anywhere."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(ends)]


def joined(found: list) -> list:
    """Put the parts of data frames together again: a part without FIN goes on in the next of its stream."""
    whole: list = []
    for frame in found:
        last = whole[-1] if whole else None
        if (
            isinstance(frame, DataFrame)
            and isinstance(last, DataFrame)
            and last.stream_id == frame.stream_id
            and not last.fin
        ):
            whole[-1] = frame.replace(data=last.data + frame.data)
        else:
            whole.append(frame)
    return whole


def read(data: bytes, **limits) -> list:
    return FrameReader(**limits).receive(data)


def control(kind: int, payload: bytes, flags: int = 0, version: int = 3) -> bytes:
    return struct.pack(">HHI", 0x8000 | version, kind, flags << 24 | len(payload)) + payload


def block(plain: bytes) -> bytes:
    deflate = zlib.compressobj(zdict=spdy.DICTIONARY)
    return deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH)


def test_the_dictionary_is_the_drafts() -> None:
    assert len(spdy.DICTIONARY) == 1423
    assert zlib.adler32(spdy.DICTIONARY) == 0xE3C6A7C2  # what each first block names it by


@given(st.lists(frames, max_size=8), st.lists(st.integers(0, 5000), max_size=12))
def test_frames_are_the_same_after_the_journey_however_they_are_cut(sent: list, places: list[int]) -> None:
    writer, reader = FrameWriter(), FrameReader()
    data = b"".join(writer.encode(frame) for frame in sent)
    assert joined([frame for part in cut(data, places) for frame in reader.receive(part)]) == joined(sent)


def test_the_bytes_are_those_of_the_draft() -> None:
    writer = FrameWriter()
    assert writer.encode(DataFrame(stream_id=5, data=b"hi", fin=True)) == bytes.fromhex("00000005 01000002") + b"hi"
    assert writer.encode(RstStream(stream_id=1, status=5)) == bytes.fromhex("80030003 00000008 00000001 00000005")
    assert writer.encode(PingFrame(ping_id=7)) == bytes.fromhex("80030006 00000004 00000007")
    assert writer.encode(GoAway(last_stream_id=3)) == bytes.fromhex("80030007 00000008 00000003 00000000")
    assert writer.encode(WindowUpdate(stream_id=0, delta=9)) == bytes.fromhex("80030009 00000008 00000000 00000009")
    assert writer.encode(SettingsFrame(entries=((7, 1, 9),))) == bytes.fromhex(
        "80030004 0000000c 00000001 01000007 00000009"
    )
    opened = writer.encode(SynStream(stream_id=3, headers={"streamtype": "error"}, fin=True))
    assert opened[:12] == bytes.fromhex("80030001") + struct.pack(">I", 1 << 24 | len(opened) - 8) + bytes.fromhex(
        "00000003"
    )
    assert opened[18:24] == bytes.fromhex("78bbe3c6a7c2")  # zlib, with the dictionary
    assert opened.endswith(b"\0\0\xff\xff")  # flushed, so that the other side need not wait


def test_one_compression_serves_all_headers_of_a_direction() -> None:
    writer = FrameWriter()
    first, second = (len(writer.encode(SynStream(stream_id=n, headers={"streamtype": "x" * 90}))) for n in (1, 3))
    assert second < first
    with pytest.raises(SpdyError):  # the second alone cannot be read
        writer = FrameWriter()
        writer.encode(SynReply(stream_id=1))
        read(writer.encode(SynReply(stream_id=3, headers={"a": "b"})))


def test_the_bytes_of_a_long_data_frame_are_handed_on_as_they_come() -> None:
    reader = FrameReader()
    assert reader.receive(struct.pack(">II", 1, 1 << 24 | 1_000_000) + b"a") == [DataFrame(stream_id=1, data=b"a")]
    assert reader.receive(b"b" * 999_998) == [DataFrame(stream_id=1, data=b"b" * 999_998)]
    assert reader.receive(b"c") == [DataFrame(stream_id=1, data=b"c", fin=True)]


def test_data_longer_than_a_frame_is_split() -> None:
    data = bytes(spdy.DATA_BYTES) + b"rest"
    sent = FrameWriter().encode(DataFrame(stream_id=1, data=data, fin=True))
    found = read(sent)
    assert [(len(frame.data), frame.fin) for frame in found] == [(spdy.DATA_BYTES, False), (4, True)]


def test_unknown_control_frames_are_passed_over() -> None:
    assert read(control(10, b"credential") + control(77, b"") + control(6, b"\0\0\0\1")) == [PingFrame(ping_id=1)]


@pytest.mark.parametrize(
    "plain",
    [
        struct.pack(">II1sI1s", 1, 1, b"A", 1, b"b"),
        struct.pack(">III1s", 1, 0, 1, b"b"),
        struct.pack(">I", 2) + 2 * struct.pack(">I1sI1s", 1, b"a", 1, b"b"),
        struct.pack(">II1sI2s", 1, 1, b"a", 2, b"b\0"),
    ],
    ids=["capital", "no name", "twice", "empty among several"],
)
def test_headers_against_the_rules_break_their_stream_only(plain: bytes) -> None:
    deflate = zlib.compressobj(zdict=spdy.DICTIONARY)
    bad = deflate.compress(plain) + deflate.flush(zlib.Z_SYNC_FLUSH)
    good = deflate.compress(struct.pack(">I", 0)) + deflate.flush(zlib.Z_SYNC_FLUSH)
    head = struct.pack(">IIH", 1, 0, 0), struct.pack(">IIH", 3, 0, 0)
    broken, fine = read(control(1, head[0] + bad) + control(1, head[1] + good))
    assert isinstance(broken, BrokenStream)
    assert (broken.stream_id, broken.status) == (1, spdy.PROTOCOL_ERROR)
    assert fine == SynStream(stream_id=3)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (control(6, b"\0\0\0\1", version=2), "version 2"),
        (control(6, b"\0"), "PING has 1 bytes"),
        (control(3, bytes(8)), "stream 0"),
        (control(1, b"short"), "SYN_STREAM"),
        (control(1, bytes(10) + block(bytes(4))), "stream 0"),
        (control(2, struct.pack(">I", 1) + b"rubbish"), "inflated"),
        (control(2, struct.pack(">I", 1) + zlib.compress(bytes(4))), "compression ended"),
        (control(2, struct.pack(">I", 1) + block(b"\0")), "cut off"),
        (control(2, struct.pack(">I", 1) + block(b"\xff\xff\xff\xff")), "announced"),
        (control(2, struct.pack(">I", 1) + block(struct.pack(">II", 1, 1 << 31))), "cut off"),
        (control(2, struct.pack(">I", 1) + block(bytes(5))), "announced"),
        (control(4, struct.pack(">I", 1 << 30)), "SETTINGS"),
        (control(9, bytes(8)), "window"),
        (struct.pack(">HHI", 0x8003, 1, spdy.CONTROL_BYTES + 1), "a control frame of"),
        (struct.pack(">II", 0, 5), "stream 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_ends_the_session(data: bytes, says: str) -> None:
    reader = FrameReader()
    with pytest.raises(SpdyError, match=says):
        reader.receive(data)
    with pytest.raises(SpdyError, match=says):
        reader.receive(b"")


def test_headers_that_would_fill_the_memory_are_refused() -> None:
    bomb = block(struct.pack(">II1sI", 1, 1, b"a", 50_000_000) + bytes(50_000_000))
    assert len(bomb) < spdy.CONTROL_BYTES
    with pytest.raises(SpdyError, match="too long"):
        read(control(2, struct.pack(">I", 1) + bomb))


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=60), frames.map(lambda frame: FrameWriter().encode(frame)),
                          st.builds(control, st.integers(0, 11), st.binary(max_size=40), st.integers(0, 255))), max_size=6))  # fmt: skip
def test_no_bytes_bring_the_reader_down(parts: list[bytes]) -> None:
    reader = FrameReader()
    try:
        for part in parts:
            reader.receive(part)
    except SpdyError:
        pass


@given(frames, st.data())
def test_no_damaged_frame_brings_the_reader_down(frame, data) -> None:
    sent = bytearray(FrameWriter().encode(frame))
    for _ in range(data.draw(st.integers(1, 3))):
        sent[data.draw(st.integers(0, len(sent) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SpdyError):
        read(bytes(sent))
