"""Compressed streams: what it is, is seen from the first bytes (gzip, zstd, bzip2, xz or none)."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pycman.digest import Readable

    class Writable(Protocol):
        """Anything with `write(data)`."""

        def write(self, data: bytes, /) -> object: ...


_CHUNK = 1 << 18
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = tuple(bytes((0x50 + n, 0x2A, 0x4D, 0x18)) for n in range(16))


class Pushback:
    """A reader whose first bytes have been looked at."""

    def __init__(self, source: Readable, head: bytes) -> None:
        self._source = source
        self._head = head

    def read(self, size: int = -1, /) -> bytes:
        """Read like the source, the looked-at bytes first."""
        if self._head:
            if size < 0:
                data, self._head = self._head, b""
                return data + self._source.read()
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._source.read(size)


def sniff(head: bytes) -> str:
    """Return gzip, zstd, bzip2, xz or "" (plain) from at least six first bytes."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((_ZSTD_MAGIC, *_ZSTD_SKIPPABLE)):
        return "zstd"
    if head.startswith(b"BZh"):
        return "bzip2"
    return "xz" if head.startswith(b"\xfd7zXZ\x00") else ""


def read_head(source: Readable, size: int = 512) -> bytes:
    """Return up to the first `size` bytes of a stream that may give them in pieces."""
    head = b""
    while len(head) < size:
        piece = source.read(size - len(head))
        if not piece:
            break
        head += piece
    return head


def open_decompressed(source: Readable) -> Readable:
    """Return a reader of the plain bytes. Its `read` raises Corrupt for a truncated or damaged stream."""
    head = read_head(source)
    kind = sniff(head)
    whole = Pushback(source, head)
    if kind == "zstd":
        import zstandard  # only for those who meet one

        return _Zstd(zstandard.ZstdDecompressor().stream_reader(whole, read_across_frames=True), zstandard.ZstdError)
    return _Decompressor(whole, kind) if kind else whole


class _Zstd:
    def __init__(self, reader: Readable, error: type[Exception]) -> None:
        self._reader = reader
        self._error = error

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._reader.read(size)
        except self._error as error:
            raise Corrupt(f"the zstd stream is damaged: {error}") from error


class _Decompressor:
    """gzip, bzip2 and xz, also several streams one after the other; zeros after the last are padding."""

    def __init__(self, source: Readable, kind: str) -> None:
        self._source = source
        self._kind = kind
        self._ready = bytearray()
        self._decoder = self._new()
        self._begun = False
        self._done = False

    def _new(self) -> zlib._Decompress | bz2.BZ2Decompressor | lzma.LZMADecompressor:
        if self._kind == "gzip":
            return zlib.decompressobj(31)
        return bz2.BZ2Decompressor() if self._kind == "bzip2" else lzma.LZMADecompressor()

    def read(self, size: int = -1, /) -> bytes:
        while not self._done and (size < 0 or len(self._ready) < size):
            self._fill()
        if size < 0 or size >= len(self._ready):
            data = bytes(self._ready)
            self._ready.clear()
            return data
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data

    def _fill(self) -> None:
        data = self._source.read(_CHUNK)
        if not data:
            if self._begun and not self._decoder.eof:
                raise Corrupt(f"the {self._kind} stream is truncated")
            self._done = True
            return
        while data:
            if self._decoder.eof:
                data = data.lstrip(b"\0")
                if not data:
                    return
                if sniff(data + bytes(6)) != self._kind:
                    self._done = True
                    return
                self._decoder = self._new()
            try:
                self._begun = True
                self._ready += self._decoder.decompress(data)
            except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
                raise Corrupt(f"the {self._kind} stream is damaged: {error}") from error
            data = self._decoder.unused_data


class HashingReader:
    """Passes bytes on, hashing and counting them."""

    def __init__(self, source: Readable) -> None:
        import _hashlib

        self._source = source
        self._hash = _hashlib.openssl_sha256()
        self.read_bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        data = self._source.read(size)
        self._hash.update(data)
        self.read_bytes += len(data)
        return data

    def drain(self) -> str:
        """Read to the end and return the digest of everything."""
        while self.read(_CHUNK):
            pass
        return "sha256:" + str(self._hash.hexdigest())


class HashingWriter:
    """Passes bytes on to `sink` (None: nowhere), hashing and counting them."""

    def __init__(self, sink: Writable | None) -> None:
        import _hashlib

        self._sink = sink
        self._hash = _hashlib.openssl_sha256()
        self.written_bytes = 0

    def write(self, data: bytes, /) -> int:
        """Take `data`."""
        self._hash.update(data)
        self.written_bytes += len(data)
        if self._sink is not None:
            self._sink.write(data)
        return len(data)

    @property
    def digest(self) -> str:
        """Return the digest of what was written."""
        return "sha256:" + str(self._hash.hexdigest())


class GzipWriter:
    """A gzip stream without name and time, so that equal input gives equal bytes (RFC 1952)."""

    def __init__(self, sink: Writable, level: int = 6) -> None:
        self._sink = sink
        self._encoder = zlib.compressobj(level, zlib.DEFLATED, 31)

    def write(self, data: bytes, /) -> int:
        """Compress `data`."""
        self._sink.write(self._encoder.compress(data))
        return len(data)

    def close(self) -> None:
        """Write what is left."""
        self._sink.write(self._encoder.flush())


def open_compressed(sink: Writable, kind: str, level: int = -1) -> GzipWriter | ZstdWriter | PlainWriter:
    """Return a writer that compresses into `sink`: gzip, zstd or "" for plain. Close it; `sink` stays open."""
    if kind == "gzip":
        return GzipWriter(sink, 6 if level < 0 else level)
    return ZstdWriter(sink, 3 if level < 0 else level) if kind == "zstd" else PlainWriter(sink)


class ZstdWriter:
    """A zstd stream (RFC 8878)."""

    def __init__(self, sink: Writable, level: int = 3) -> None:
        import zstandard  # only for those who write one

        self._sink = sink
        self._encoder = zstandard.ZstdCompressor(level=level).compressobj()

    def write(self, data: bytes, /) -> int:
        """Compress `data`."""
        self._sink.write(self._encoder.compress(data))
        return len(data)

    def close(self) -> None:
        """Write what is left."""
        self._sink.write(self._encoder.flush())


class PlainWriter:
    """Writes as it is."""

    def __init__(self, sink: Writable) -> None:
        self._sink = sink

    def write(self, data: bytes, /) -> int:
        """Pass `data` on."""
        self._sink.write(data)
        return len(data)

    def close(self) -> None:
        """Nothing is left."""


def buffered(source: Readable) -> Readable:
    """Return `source` read in large pieces: tar headers are read 512 bytes at a time."""

    class _Raw(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            data = source.read(len(buffer))
            buffer[: len(data)] = data
            return len(data)

    return io.BufferedReader(_Raw(), 1 << 18)
