"""SPDY frames."""

from __future__ import annotations

from cri_server.streaming.spdy_frames import (
    DataFrame,
    FrameReader,
    FrameWriter,
    GoAway,
    HeadersFrame,
    PingFrame,
    RstStream,
    SettingsFrame,
    SynReply,
    SynStream,
    WindowUpdate,
)
from tests.fuzz.target import Target


def run(data: bytes) -> None:
    for size in (len(data), 5):
        reader = FrameReader()
        for start in range(0, len(data), size or 1):
            reader.receive(data[start : start + size])


def _written(*frames) -> bytes:
    writer = FrameWriter()
    return b"".join(writer.encode(frame) for frame in frames)


TARGET = Target(
    run=run,
    seeds=(
        _written(SynStream(stream_id=1, headers={"streamtype": "error"}), SynReply(stream_id=1, headers={"a": "b\0c"}), DataFrame(stream_id=1, data=b"hello", fin=True)),
        _written(SettingsFrame(entries=((4, 0, 100), (7, 1, 65536))), PingFrame(ping_id=2), WindowUpdate(stream_id=0, delta=5), GoAway(last_stream_id=3)),
        _written(HeadersFrame(stream_id=5, headers={"x": "y"}), RstStream(stream_id=5, status=5)),
    ),
    words=(b"\x80\x03\x00\x01", b"\x80\x03\x00\x08", b"\x80\x02\x00\x01", b"\x00\x00\x00\x01", b"\xff\xff\xff\xff", b"\x01\xff\xff\xff", b"\x00\x00\x00\x00"),
)  # fmt: skip
