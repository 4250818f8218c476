"""Read and write compressed streams. The format of a stream is detected from its first bytes (gzip, zstd, bzip2, xz or none)."""

from __future__ import annotations

import bz2
import lzma
import zlib

try:
    # ISA-L decompresses gzip in half of zlib's time and compresses in a fifth (41 MB tar: 0.04 and 0.03 s to 0.08 and 0.14 s);
    # on processors for which there is no isal wheel, zlib is used.
    from isal import isal_zlib as fast_zlib
except ImportError:  # pragma: no cover - only where there is no such wheel
    import zlib as fast_zlib  # type: ignore[no-redef]

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    import zstandard

    from pycman.digest import Readable

    class Codec(Protocol):
        """A decompressor of one stream."""

        @property
        def eof(self) -> bool:
            """Return whether the stream has ended and all of its plain bytes were returned."""

        def feed(self, data: bytes | memoryview, limit: int) -> tuple[bytes, bytes | memoryview, bool]:
            """Return up to `limit` plain bytes, the rest of `data` to feed again, and whether more plain bytes can be
            returned without more `data`.
            """

    class Writable(Protocol):
        """Anything with `write(data)`."""

        def write(self, data: bytes, /) -> object:
            """Write all of `data`."""


_CHUNK = 1 << 18
_FAST_LEVEL = 1
_GZIP_ERROR: type[Exception] = fast_zlib.error  # type: ignore[assignment]  # its stub calls it a value
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = tuple(bytes((0x50 + n, 0x2A, 0x4D, 0x18)) for n in range(16))


class Pushback:
    """A reader that returns the bytes `head`, which were already read, before those of `source`."""

    def __init__(self, source: Readable, head: bytes) -> None:
        self._source = source
        self._head = head

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes; b"" at the end."""
        if self._head:
            if size < 0:
                data, self._head = self._head, b""
                return data + self._source.read()
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._source.read(size)


def sniff(head: bytes) -> str:
    """Return the format (gzip, zstd, bzip2, xz or "" for plain) of a stream that begins with `head`, at least six bytes."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((_ZSTD_MAGIC, *_ZSTD_SKIPPABLE)):
        return "zstd"
    if head.startswith(b"BZh"):
        return "bzip2"
    return "xz" if head.startswith(b"\xfd7zXZ\x00") else ""


def read_head(source: Readable, size: int = 512) -> bytes:
    """Return the first `size` bytes of a stream, or all if it is shorter; the stream may return them in pieces."""
    head = b""
    while len(head) < size:
        piece = source.read(size - len(head))
        if not piece:
            break
        head += piece
    return head


def open_decompressed(source: Readable) -> Readable:
    """Return a reader of the plain bytes. Its `read` raises Corrupt for a truncated or damaged stream.

    It may return less than requested, and b"" only at the end. However well the bytes are compressed, only a piece of the
    plain ones is in memory. Trailing bytes after the last compressed stream are ignored, as gzip(1) does.
    """
    head = read_head(source)
    kind = sniff(head)
    whole = Pushback(source, head)
    return _Decompressed(whole, kind) if kind else whole


class _Decompressed:
    """One compressed stream, or several one after the other (RFC 1952, 2.2; RFC 8878, 3)."""

    def __init__(self, source: Readable, kind: str) -> None:
        self._source = source
        self._kind = kind
        self._codec, self._error = _codec(kind)
        self._input: bytes | memoryview = b""
        self._more = False
        self._done = False

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        while size and not self._done:
            if self._codec.eof:
                self._begin_next()
                continue
            if not self._input and not self._more:
                self._input = self._source.read(_CHUNK)
                if not self._input:
                    raise Corrupt(f"the {self._kind} stream is truncated")
            try:
                piece, self._input, self._more = self._codec.feed(self._input, size)
            except self._error as error:
                raise Corrupt(f"the {self._kind} stream is damaged: {error}") from error
            if piece:
                return piece
        return b""

    def _begin_next(self) -> None:
        rest = bytes(self._input).lstrip(b"\0")
        while not rest:
            rest = self._source.read(_CHUNK)
            if not rest:
                self._done = True
                return
            rest = rest.lstrip(b"\0")
        rest += read_head(self._source, 6 - len(rest)) if len(rest) < 6 else b""
        if sniff(rest) != self._kind:
            self._done = True
            return
        self._codec, self._input, self._more = _codec(self._kind)[0], rest, False


def _codec(kind: str) -> tuple[Codec, type[Exception] | tuple[type[Exception], ...]]:
    if kind == "gzip":
        return _Gzip(), _GZIP_ERROR
    if kind == "zstd":
        import zstandard  # only imported for zstd streams

        return _Zstd(zstandard.ZstdDecompressor().decompressobj()), zstandard.ZstdError
    if kind == "bzip2":
        return _Bounded(bz2.BZ2Decompressor()), (OSError, EOFError)
    return _Bounded(lzma.LZMADecompressor()), (lzma.LZMAError, EOFError)


class _Gzip:
    def __init__(self) -> None:
        self._decoder = fast_zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return bool(self._decoder.eof)

    def feed(self, data: bytes | memoryview, limit: int) -> tuple[bytes, bytes | memoryview, bool]:
        piece = self._decoder.decompress(data, limit)
        if self._decoder.eof:
            return piece, self._decoder.unused_data, False
        return piece, self._decoder.unconsumed_tail, len(piece) == limit


class _Bounded:
    def __init__(self, decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._decoder = decoder

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    def feed(self, data: bytes | memoryview, limit: int) -> tuple[bytes, bytes | memoryview, bool]:
        piece = self._decoder.decompress(data, limit)
        if self._decoder.eof:
            return piece, self._decoder.unused_data, False
        return piece, b"", not self._decoder.needs_input


class _Zstd:
    """The decompression object has no output limit, and four bytes can expand to 128 KiB: so its input is fed in small pieces.

    (zstandard's stream_reader has a limit, but accepts a truncated stream as complete.)
    """

    _FEED_BYTES = 1024

    def __init__(self, decoder: zstandard.ZstdDecompressionObj) -> None:
        self._decoder = decoder
        self._ready: bytes | memoryview = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof and not self._ready

    def feed(self, data: bytes | memoryview, limit: int) -> tuple[bytes, bytes | memoryview, bool]:
        rest: bytes | memoryview = data
        if not self._ready and not self._decoder.eof:
            view = memoryview(data)
            self._ready, rest = memoryview(self._decoder.decompress(view[: self._FEED_BYTES])), view[self._FEED_BYTES :]
            if self._decoder.eof:
                rest = self._decoder.unused_data + bytes(rest)
        piece, self._ready = bytes(self._ready[:limit]), self._ready[limit:]
        return piece, rest, bool(self._ready)


class HashingReader:
    """A reader that hashes and counts the bytes it passes through."""

    def __init__(self, source: Readable) -> None:
        import _hashlib  # only imported when an archive is hashed

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
        """Read to the end and return the digest of the whole stream."""
        while self.read(_CHUNK):
            pass
        return "sha256:" + str(self._hash.hexdigest())


class Tee:
    """A reader that passes what it has read on to a writer."""

    def __init__(self, source: Readable, writer: Writable) -> None:
        self._source = source
        self._writer = writer

    def read(self, size: int = -1, /) -> bytes:
        """Read, and write the same."""
        data = self._source.read(size)
        if data:
            self._writer.write(data)
        return data


class HashingWriter:
    """A writer that hashes and counts the bytes it writes to `sink` (None: they are only hashed)."""

    def __init__(self, sink: Writable | None) -> None:
        import _hashlib  # only imported when an archive is hashed

        self._sink = sink
        self._hash = _hashlib.openssl_sha256()
        self.written_bytes = 0

    def write(self, data: bytes, /) -> int:
        """Write `data`."""
        self._hash.update(data)
        self.written_bytes += len(data)
        if self._sink is not None:
            self._sink.write(data)
        return len(data)

    @property
    def digest(self) -> str:
        """Return the digest of all bytes written so far."""
        return "sha256:" + str(self._hash.hexdigest())


class GzipWriter:
    """Writes a gzip stream without name and time, so that equal input gives equal bytes (RFC 1952). Level -1 is the fastest."""

    def __init__(self, sink: Writable, level: int = -1) -> None:
        self._sink = sink
        library = fast_zlib if level < 0 else zlib
        self._encoder = library.compressobj(_FAST_LEVEL if level < 0 else level, zlib.DEFLATED, 31)

    def write(self, data: bytes, /) -> int:
        """Compress `data`."""
        self._sink.write(self._encoder.compress(data))
        return len(data)

    def close(self) -> None:
        """Write the rest and the end of the stream."""
        self._sink.write(self._encoder.flush())


def open_compressed(sink: Writable, kind: str, level: int = -1) -> GzipWriter | ZstdWriter | PlainWriter:
    """Return a writer that compresses into `sink`: gzip, zstd or "" for plain. The caller must close it; that leaves `sink` open."""
    if kind == "gzip":
        return GzipWriter(sink, level)
    return ZstdWriter(sink, 3 if level < 0 else level) if kind == "zstd" else PlainWriter(sink)


class ZstdWriter:
    """Writes a zstd stream (RFC 8878)."""

    def __init__(self, sink: Writable, level: int = 3) -> None:
        import zstandard  # only imported for zstd streams

        self._sink = sink
        self._encoder = zstandard.ZstdCompressor(level=level).compressobj()

    def write(self, data: bytes, /) -> int:
        """Compress `data`."""
        self._sink.write(self._encoder.compress(data))
        return len(data)

    def close(self) -> None:
        """Write the rest and the end of the stream."""
        self._sink.write(self._encoder.flush())


class PlainWriter:
    """Writes bytes uncompressed."""

    def __init__(self, sink: Writable) -> None:
        self._sink = sink

    def write(self, data: bytes, /) -> int:
        """Write `data`."""
        self._sink.write(data)
        return len(data)

    def close(self) -> None:
        """Do nothing: no bytes are buffered."""
