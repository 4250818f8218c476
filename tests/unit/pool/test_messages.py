"""Requests and replies as bytes, there and back."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.pool.messages import (
    INLINE_BYTES,
    close_all,
    pack,
    receive_message,
    receive_packet,
    send_message,
    send_packet,
    unpack,
)

texts = st.text(st.characters(exclude_categories=[]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = values | st.dictionaries(texts, values | st.binary(max_size=50), max_size=5)


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    yield ours, theirs
    ours.close()
    theirs.close()


@given(texts, bodies)
def test_messages_are_the_same_after_the_journey(name: str, body) -> None:
    message = {"name": name, "body": body}
    assert unpack(pack(message)) == message


def test_bytes_are_not_made_into_text() -> None:
    data = os.urandom(1 << 20)
    packed = pack({"body": {"stdout": data, "status": 0}})
    assert data in packed
    assert len(packed) < len(data) + 200


@pytest.mark.parametrize("cut", [slice(0, -1), slice(0, 3), slice(0, 10)])
def test_a_message_that_is_cut_off_is_corrupt(cut: slice) -> None:
    packed = pack({"body": {"a": b"bytes"}})
    with pytest.raises(Corrupt):
        unpack(packed[cut])
    with pytest.raises(Corrupt):
        unpack(packed + b"x")


@pytest.mark.parametrize("size", [0, 100, INLINE_BYTES - 40, INLINE_BYTES, INLINE_BYTES + 1, 3_000_000])
def test_messages_of_any_length_pass_with_descriptors(pair, size: int, tmp_path) -> None:
    ours, theirs = pair
    with open(tmp_path / "file", "w+") as file:
        file.write("there")
        file.flush()
        send_message(ours, {"body": {"data": b"x" * size}}, [file.fileno()])
    message, (descriptor,) = receive_message(theirs)
    assert message == {"body": {"data": b"x" * size}}
    assert os.pread(descriptor, 10, 0) == b"there"
    assert not os.get_inheritable(descriptor)
    close_all([descriptor])


def test_the_end_of_the_other_side_is_no_message(pair) -> None:
    ours, theirs = pair
    ours.close()
    assert receive_message(theirs) == (None, [])
    with pytest.raises(OSError):
        send_message(theirs, {"body": 1})


def test_the_end_of_another_side_that_has_not_read_everything_is_no_message(pair) -> None:
    ours, theirs = pair
    send_message(ours, {"name": "unread"})
    theirs.close()
    assert receive_message(ours) == (None, [])


@pytest.mark.parametrize("packet", [b"?", b"f", b"i", b"i\0\0\0\xffno"])
def test_a_packet_that_is_no_message_is_corrupt(pair, packet: bytes) -> None:
    ours, theirs = pair
    send_packet(ours, packet)
    with pytest.raises(Corrupt):
        receive_message(theirs)


def test_packets_keep_their_bounds(pair) -> None:
    ours, theirs = pair
    send_packet(ours, b"one")
    send_packet(ours, b"two")
    assert [receive_packet(theirs), receive_packet(theirs)] == [(b"one", []), (b"two", [])]
