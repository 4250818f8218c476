"""The second thread of packing: every byte in order, errors raised in the first thread, nothing left running."""

from __future__ import annotations

import threading

import pytest

from pycman.storage.write_behind import WriteBehind


class Sink:
    def __init__(self, fails_after: int = -1) -> None:
        self.data = bytearray()
        self.threads: set[str] = set()
        self._left = fails_after

    def write(self, data: bytes) -> int:
        self.threads.add(threading.current_thread().name)
        if self._left >= 0 and len(self.data) > self._left:
            raise OSError(28, "no space left on device")
        self.data += data
        return len(data)


def test_small_layers_start_no_thread() -> None:
    sink = Sink()
    behind = WriteBehind(sink)
    behind.write(b"x" * 1000)
    behind.close()
    assert sink.threads == {"MainThread"}
    assert bytes(sink.data) == b"x" * 1000


@pytest.mark.parametrize("piece", [511, 512, 70_000, 3 << 20])
def test_every_byte_arrives_in_order(piece: int) -> None:
    sink, behind = Sink(), None
    behind = WriteBehind(sink)
    content = bytes(range(251)) * 40_000
    for at in range(0, len(content), piece):
        assert behind.write(content[at : at + piece]) == len(content[at : at + piece])
    behind.close()
    assert bytes(sink.data) == content
    assert "write-behind" in sink.threads


def test_an_error_of_the_sink_is_raised_and_the_thread_ends() -> None:
    behind = WriteBehind(Sink(fails_after=2 << 20))
    with pytest.raises(OSError, match="no space"):
        for _ in range(100):
            behind.write(b"x" * (1 << 18))
        behind.close()
    behind.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "write-behind"]
