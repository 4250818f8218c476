"""The streams of a SPDY session, seen from a client that is written with the same frames."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cri_server.streaming import spdy_frames as spdy
from cri_server.streaming.spdy_frames import (
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
from cri_server.streaming.spdy_session import (
    SessionEnding,
    SpdySession,
    StreamBytes,
    StreamEnded,
    StreamOpened,
    StreamReset,
)


class Pair:
    """A session, and a client's reader and writer."""

    def __init__(self, **options) -> None:
        self.session = SpdySession(**options)
        self.writer = FrameWriter()
        self.reader = FrameReader()

    def says(self, *frames) -> list:
        return self.session.receive(b"".join(self.writer.encode(frame) for frame in frames))

    def hears(self) -> list:
        return self.reader.receive(self.session.output())


def test_a_stream_lives_until_both_halves_ended() -> None:
    pair = Pair()
    opened = SynStream(stream_id=1, headers={"streamtype": "stdin"})
    assert pair.says(opened, DataFrame(stream_id=1, data=b"hello")) == [
        StreamOpened(stream_id=1, headers={"streamtype": "stdin"}),
        StreamBytes(stream_id=1, data=b"hello"),
    ]
    assert pair.hears() == [SynReply(stream_id=1)]
    assert pair.says(DataFrame(stream_id=1, data=b"!", fin=True)) == [
        StreamBytes(stream_id=1, data=b"!"),
        StreamEnded(stream_id=1),
    ]
    assert pair.session.is_open(1)
    pair.session.send(1, b"there")
    pair.session.end(1)
    pair.session.send(1, b"nobody hears this")
    assert not pair.session.is_open(1)
    assert pair.hears() == [DataFrame(stream_id=1, data=b"there"), DataFrame(stream_id=1, fin=True)]


def test_a_stream_may_be_opened_with_its_clients_half_ended() -> None:
    pair = Pair()
    assert pair.says(SynStream(stream_id=1, fin=True)) == [StreamOpened(stream_id=1), StreamEnded(stream_id=1)]
    assert pair.session.is_open(1)
    pair.says(SynStream(stream_id=3, fin=True, unidirectional=True))
    assert not pair.session.is_open(3)


def test_a_reset_ends_both_halves() -> None:
    pair = Pair()
    pair.says(SynStream(stream_id=1), SynStream(stream_id=3))
    assert pair.says(RstStream(stream_id=1, status=spdy.CANCEL)) == [StreamReset(stream_id=1, status=spdy.CANCEL)]
    assert pair.says(RstStream(stream_id=1, status=spdy.CANCEL), RstStream(stream_id=99, status=1)) == []
    pair.session.reset(3)
    pair.session.reset(3)
    assert pair.hears()[2:] == [RstStream(stream_id=3, status=spdy.CANCEL)]
    assert pair.says(DataFrame(stream_id=3, data=b"was under way")) == []
    assert pair.hears() == []


def test_a_reset_of_a_stream_that_was_never_opened_says_and_does_nothing() -> None:
    pair = Pair()
    pair.session.reset(3)
    assert pair.hears() == []
    assert pair.says(SynStream(stream_id=3), DataFrame(stream_id=3, data=b"x")) == [
        StreamOpened(stream_id=3),
        StreamBytes(stream_id=3, data=b"x"),
    ]


def test_data_of_a_stream_that_never_was_is_refused() -> None:
    pair = Pair()
    assert pair.says(DataFrame(stream_id=7, data=b"x"), DataFrame(stream_id=2)) == []
    assert pair.hears() == [RstStream(stream_id=n, status=spdy.INVALID_STREAM) for n in (7, 2)]


def test_data_after_the_end_resets_the_stream() -> None:
    pair = Pair()
    pair.says(SynStream(stream_id=1), DataFrame(stream_id=1, fin=True), DataFrame(stream_id=1, fin=True))
    assert pair.says(DataFrame(stream_id=1, data=b"x")) == [StreamReset(stream_id=1, status=spdy.STREAM_ALREADY_CLOSED)]
    assert pair.hears()[1:] == [RstStream(stream_id=1, status=spdy.STREAM_ALREADY_CLOSED)]


def test_more_headers_may_end_a_stream() -> None:
    pair = Pair()
    pair.says(SynStream(stream_id=1))
    assert pair.says(HeadersFrame(stream_id=1)) == []
    assert pair.says(HeadersFrame(stream_id=1, fin=True)) == [StreamEnded(stream_id=1)]


def test_pings_are_echoed_and_echoes_are_not() -> None:
    pair = Pair()
    assert pair.says(PingFrame(ping_id=1), PingFrame(ping_id=2), SettingsFrame(entries=((7, 0, 1),))) == []
    assert pair.hears() == [PingFrame(ping_id=1)]


@pytest.mark.parametrize("ids", [[2], [3, 1], [5, 5]])
def test_ids_of_streams_are_odd_and_grow(ids: list[int]) -> None:
    pair = Pair()
    with pytest.raises(SpdyError):
        pair.says(*(SynStream(stream_id=each) for each in ids))
    assert pair.hears()[-1].status == spdy.GOAWAY_PROTOCOL_ERROR


def test_too_many_streams_are_refused_one_by_one() -> None:
    pair = Pair(most_streams=2)
    assert len(pair.says(*(SynStream(stream_id=n) for n in (1, 3, 5)))) == 2
    assert pair.hears()[2:] == [RstStream(stream_id=5, status=spdy.REFUSED_STREAM)]
    pair.session.reset(1)
    assert len(pair.says(SynStream(stream_id=7))) == 1


def test_after_the_last_word_no_stream_is_opened() -> None:
    pair = Pair()
    pair.says(SynStream(stream_id=1))
    pair.session.go_away()
    pair.session.go_away()
    assert pair.says(SynStream(stream_id=3), DataFrame(stream_id=1, fin=True)) == [StreamEnded(stream_id=1)]
    assert pair.hears() == [SynReply(stream_id=1), GoAway(last_stream_id=1)]
    assert pair.says(GoAway(last_stream_id=0)) == [SessionEnding(status=0)]


def test_a_broken_stream_is_reset_and_others_go_on() -> None:
    pair = Pair()
    pair.says(SynStream(stream_id=1), SynStream(stream_id=3))
    assert pair.says(HeadersFrame(stream_id=1, headers={"Capital": "x"}), DataFrame(stream_id=3, data=b"on")) == [
        StreamReset(stream_id=1, status=spdy.PROTOCOL_ERROR),
        StreamBytes(stream_id=3, data=b"on"),
    ]


def test_who_heeds_windows_may_go_on_sending() -> None:
    pair = Pair()
    pair.says(SynStream(stream_id=1), SynStream(stream_id=3))
    sent = {0: 0, 1: 0, 3: 0}
    allowed = dict.fromkeys(sent, spdy.INITIAL_WINDOW_BYTES)
    for number in range(400):
        stream_id = 1 if number % 3 else 3
        for each in (0, stream_id):
            sent[each] += 1000
            assert sent[each] <= allowed[each]
        pair.says(DataFrame(stream_id=stream_id, data=bytes(1000)))
        for frame in pair.hears():
            if isinstance(frame, WindowUpdate):
                allowed[frame.stream_id] += frame.delta


small = st.integers(0, 8)
frames = st.one_of(
    st.builds(SynStream, stream_id=st.integers(1, 12), fin=st.booleans(), unidirectional=st.booleans(),
              headers=st.sampled_from([{}, {"Bad": "1"}, {"streamtype": "error"}])),
    st.builds(DataFrame, stream_id=st.integers(1, 12), data=st.binary(max_size=9), fin=st.booleans()),
    st.builds(RstStream, stream_id=st.integers(1, 12), status=small),
    st.builds(HeadersFrame, stream_id=st.integers(1, 12), fin=st.booleans()),
    st.builds(SynReply, stream_id=st.integers(1, 12)),
    st.builds(PingFrame, ping_id=small),
    st.builds(GoAway, last_stream_id=small),
    st.builds(WindowUpdate, stream_id=small, delta=st.just(1)),
)  # fmt: skip
deeds = st.tuples(st.sampled_from(["send", "end", "reset", "go_away"]), st.integers(1, 12))


@settings(max_examples=300)
@given(st.lists(frames | deeds | st.binary(max_size=20), max_size=25))
def test_whatever_happens_a_stream_ends_once_and_says_nothing_after(doings: list) -> None:
    pair = Pair()
    opened: set[int] = set()
    ended: set[int] = set()
    gone: set[int] = set()
    try:
        for doing in doings:
            match doing:
                case ("go_away", _):
                    pair.session.go_away()
                    continue
                case ("send", number):
                    pair.session.send(number, b"x")
                    continue
                case (verb, number):
                    getattr(pair.session, verb)(number)
                    # a reset of a stream that is not there does nothing: its number may still be opened
                    gone |= {number} & opened if verb == "reset" else set()
                    continue
            for event in pair.session.receive(doing) if isinstance(doing, bytes) else pair.says(doing):
                if isinstance(event, StreamOpened):
                    assert event.stream_id not in opened
                    opened.add(event.stream_id)
                elif not isinstance(event, SessionEnding):
                    assert event.stream_id in opened - gone
                    assert event.stream_id not in ended or isinstance(event, StreamReset)
                    ended |= {event.stream_id} if isinstance(event, StreamEnded) else set()
                    gone |= {event.stream_id} if isinstance(event, StreamReset) else set()
    except SpdyError:
        assert any(isinstance(frame, GoAway) for frame in pair.hears())
        return
    silent: set[int] = set()
    for frame in pair.hears():
        if isinstance(frame, DataFrame):
            assert frame.stream_id not in silent
            silent |= {frame.stream_id} if frame.fin else set()
