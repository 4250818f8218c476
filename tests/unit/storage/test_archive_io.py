"""Compressed streams: recognised, joined, bounded, and never taken for whole when they are cut."""

import bz2
import gzip
import io
import lzma
import resource

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pycman.errors import Corrupt
from pycman.storage.archive_io import HashingWriter, open_compressed, open_decompressed, sniff

PLAIN = b"".join(b"line %d of something that packs well\n" % n for n in range(20_000))
PACKERS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}
kinds = pytest.mark.parametrize("kind", PACKERS)


def everything(reader, size=1 << 16):
    return b"".join(iter(lambda: reader.read(size), b""))


class Trickle:
    """Gives at most a few bytes at a time, as a socket may."""

    def __init__(self, data, size):
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, size=-1):
        return self._file.read(self._size if size < 0 else min(size, self._size))


@kinds
def test_a_packed_stream_is_recognised_and_unpacked(kind):
    packed = PACKERS[kind](PLAIN)
    assert sniff(packed) == kind
    assert everything(open_decompressed(io.BytesIO(packed))) == PLAIN
    assert open_decompressed(io.BytesIO(packed)).read() == PLAIN


def test_plain_bytes_stay_as_they_are_also_very_few():
    assert everything(open_decompressed(io.BytesIO(PLAIN))) == PLAIN
    assert everything(open_decompressed(io.BytesIO(b"ab"))) == b"ab"
    assert everything(open_decompressed(io.BytesIO(b""))) == b""


@kinds
@settings(max_examples=15, deadline=None)
@given(pieces=st.integers(1, 4000), size=st.integers(1, 5000))
def test_however_the_bytes_arrive_and_are_asked_for_the_result_is_the_same(kind, pieces, size):
    plain = PLAIN[:30_000]
    assert everything(open_decompressed(Trickle(PACKERS[kind](plain), pieces)), size) == plain


@kinds
def test_streams_one_after_the_other_are_one(kind):
    packed = PACKERS[kind](PLAIN) + PACKERS[kind](b"more")
    assert everything(open_decompressed(Trickle(packed, 1000))) == PLAIN + b"more"


@kinds
@pytest.mark.parametrize("rest", [b"\0" * 3000, b"this is no packed stream"])
def test_what_follows_the_last_stream_is_ignored(kind, rest):
    assert everything(open_decompressed(io.BytesIO(PACKERS[kind](PLAIN) + rest))) == PLAIN


@kinds
@pytest.mark.parametrize("kept", [8, 0.3, 0.9, -1])
def test_a_truncated_stream_is_corrupt(kind, kept):
    packed = PACKERS[kind](PLAIN)
    cut = packed[: int(kept * len(packed)) if isinstance(kept, float) else kept]
    with pytest.raises(Corrupt) as caught:
        everything(open_decompressed(io.BytesIO(cut)))
    assert "truncated" in caught.value.problem


@kinds
def test_a_damaged_stream_is_corrupt(kind):
    packed = bytearray(PACKERS[kind](PLAIN))
    packed[len(packed) // 2 :] = bytes(255 - byte for byte in packed[len(packed) // 2 :])
    with pytest.raises(Corrupt):
        everything(open_decompressed(io.BytesIO(bytes(packed))))


def _gzip_writer(sink, mode):
    return gzip.GzipFile(fileobj=sink, mode=mode)


@kinds
def test_a_bomb_is_unpacked_piece_by_piece(kind):
    size = 320 << 20
    sink = io.BytesIO()
    if kind == "zstd":
        writer = zstandard.ZstdCompressor().stream_writer(sink, closefd=False)
    else:
        writer = {"gzip": _gzip_writer, "bzip2": bz2.BZ2File, "xz": lzma.LZMAFile}[kind](sink, "wb")
    if kind in ("xz", "bzip2"):
        size >>= 3  # slow to make
    for _ in range(size >> 20):
        writer.write(bytes(1 << 20))
    writer.close() if kind != "zstd" else writer.flush(zstandard.FLUSH_FRAME)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader = open_decompressed(io.BytesIO(sink.getvalue()))
    total = 0
    while piece := reader.read(1 << 18):
        total += len(piece)
    assert total == size
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # KiB


@pytest.mark.parametrize("kind", ["gzip", "zstd", ""])
def test_what_is_packed_comes_back_and_equal_input_gives_equal_bytes(kind):
    packed = []
    for _ in range(2):
        sink = io.BytesIO()
        writer = open_compressed(sink, kind)
        for place in range(0, len(PLAIN), 70_000):
            writer.write(PLAIN[place : place + 70_000])
        writer.close()
        packed.append(sink.getvalue())
    assert packed[0] == packed[1]
    assert everything(open_decompressed(io.BytesIO(packed[0]))) == PLAIN


def test_a_hashing_writer_knows_digest_and_size_of_what_passed():
    sink = io.BytesIO()
    writer = HashingWriter(sink)
    writer.write(b"hello ")
    writer.write(b"world")
    assert sink.getvalue() == b"hello world"
    assert writer.written_bytes == 11
    assert writer.digest == "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
