"""Read a tar as a stream: entries one after the other, each with its bytes, without seeking and without copying large pieces."""

from __future__ import annotations

from pycman.errors import Corrupt
from pycman.storage.tar_headers import (
    BLOCK,
    NAME_LIMIT,
    RECORDS_LIMIT,
    SPARSE_LIMIT,
    SPECIAL_LIMIT,
    Entry,
    check_sparse,
    decimal,
    has_checksum,
    pairs,
    parse_records,
    sparse_of_block,
    sparse_of_header,
    sparse_of_records,
    text,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pycman.digest import Readable

_CHUNK = 1 << 18
_EMPTY = memoryview(b"")
_LONGEST_NUMBER = 20
"""Digits of 2**63 and the newline."""
_GLOBAL_KEYS = frozenset(("mtime", "uid", "gid"))
"""Records of a global header that are applied; a name or size for every entry would make no sense."""


class TarStream:
    """Iterate over it for entries; `take` returns the bytes of the current one; those not taken are skipped.

    Raises Corrupt for damaged headers and a truncated archive. The archive ends with two (or one) blocks of zeros, or the
    end of the source; bytes after that are not read.
    """

    def __init__(self, source: Readable, *, pass_over: Callable[[int], object] | None = None) -> None:
        """`pass_over` skips that many bytes of the source, for a source in which this is cheaper than reading them."""
        self._source = source
        self._pass_over = pass_over
        self._read_bytes = 0
        self._buffer = _EMPTY
        self._left = 0
        self._padding = 0
        self._global: dict[str, bytes] = {}
        self._number = 0
        self._special_left = SPECIAL_LIMIT

    def __iter__(self) -> Iterator[Entry]:
        while (entry := self._next()) is not None:
            yield entry

    def take(self, limit: int = 1 << 62) -> memoryview:
        """Return the next stored bytes of the entry, as many as are buffered; empty at its end."""
        if not self._left:
            return _EMPTY
        if not self._buffer:
            self._fill()
        piece = self._buffer[: min(self._left, limit)]
        self._buffer = self._buffer[len(piece) :]
        self._left -= len(piece)
        return piece

    @property
    def position(self) -> int:
        """Return the offset in the source of the next byte that `take` returns."""
        return self._read_bytes - len(self._buffer)

    def _more(self) -> bool:
        """Fill the buffer; return False at the end of the source."""
        self._buffer = memoryview(self._source.read(_CHUNK))
        self._read_bytes += len(self._buffer)
        return bool(self._buffer)

    def _fill(self) -> None:
        if not self._more():
            raise Corrupt("the archive is truncated: it ends in the middle of an entry")

    def _exactly(self, size: int) -> bytes:
        """Return `size` bytes; b"" only at the very end of the source."""
        if len(self._buffer) >= size:
            data = bytes(self._buffer[:size])
            self._buffer = self._buffer[size:]
            return data
        pieces = []
        missing = size
        while missing:
            if not self._buffer and not self._more():
                break
            pieces.append(bytes(self._buffer[:missing]))
            self._buffer = self._buffer[missing:]
            missing -= len(pieces[-1])
        data = b"".join(pieces)
        if data and missing:
            raise Corrupt("the archive is truncated: it ends in the middle of a header")
        return data

    def _skip_rest(self) -> None:
        if self._pass_over is not None and self._left > len(self._buffer) + _CHUNK:
            rest = self._left - len(self._buffer)
            self._pass_over(rest)
            self._read_bytes += rest
            self._buffer, self._left = _EMPTY, 0
        while self._left:
            self.take()
        self._left, self._padding = self._padding, 0
        while self._left:
            if not self._buffer and not self._more():
                self._left = 0  # some archivers leave out the last padding
                return
            self.take()

    def _expect(self, stored_bytes: int) -> None:
        self._left = stored_bytes
        self._padding = -stored_bytes % BLOCK

    # -- headers ------------------------------------------------------------------------------------------------------

    def _block(self) -> bytes:
        """Return the next header whose checksum is right; b"" at the end of the archive."""
        self._skip_rest()
        header = self._exactly(BLOCK)
        if not header or not header.strip(b"\0"):
            return b""
        if not has_checksum(header):
            if self._number == 0:
                raise Corrupt("not a tar archive")
            raise Corrupt(f"the header after entry {self._number} is damaged")
        return header

    def _next(self) -> Entry | None:
        records: list[tuple[str, bytes]] = []
        names: dict[bytes, str] = {}
        self._special_left = SPECIAL_LIMIT
        while header := self._block():
            entry = Entry(header)
            self._expect(entry.stored_bytes)
            if entry.type in b"LK":
                names[entry.type] = text(self._special(entry))
            elif entry.type in b"xX":
                records += parse_records(self._special(entry))
                if len(records) > RECORDS_LIMIT:
                    raise Corrupt(f"extended headers of more than {RECORDS_LIMIT} records", subject=entry.name)
            elif entry.type == b"g":
                self._keep_global(parse_records(self._special(entry)))
            else:
                self._number += 1
                self._finish(entry, header, records, names)
                return entry
        if records or names:
            raise Corrupt("the archive is truncated: an extended header is its last entry")
        return None

    def _special(self, entry: Entry) -> bytes:
        self._special_left -= BLOCK + entry.stored_bytes
        if self._special_left < 0:
            raise Corrupt(f"extended headers of more than {SPECIAL_LIMIT} bytes", subject=entry.name)
        self._left = 0
        data = self._exactly(entry.stored_bytes)
        if len(data) != entry.stored_bytes:
            raise Corrupt("the archive is truncated: it ends in the middle of a header")
        return data

    def _keep_global(self, records: list[tuple[str, bytes]]) -> None:
        for key, value in records:
            if key in _GLOBAL_KEYS:
                self._global[key] = value

    def _finish(self, entry: Entry, header: bytes, records: list[tuple[str, bytes]], names: dict[bytes, str]) -> None:
        entry.name = names.get(b"L", entry.name)
        entry.linkname = names.get(b"K", entry.linkname)
        if self._global:
            entry.apply(self._global)
        known = dict(records)
        if known:
            entry.apply(known)
            self._expect(entry.stored_bytes)
        if len(entry.name) > NAME_LIMIT or len(entry.linkname) > NAME_LIMIT:
            raise Corrupt(f"a name of more than {NAME_LIMIT} bytes", subject=entry.name[:80] + "…")
        if entry.type == b"S":
            self._old_sparse(entry, header)
        elif known:
            self._pax_sparse(entry, records, known)

    def _old_sparse(self, entry: Entry, header: bytes) -> None:
        pieces, more, size = sparse_of_header(header)
        while more:
            added, more = sparse_of_block(self._exactly(BLOCK) or bytes(BLOCK))
            pieces += added
            if len(pieces) > SPARSE_LIMIT or (more and not added):
                raise Corrupt("the map of a sparse file is damaged", subject=entry.name)
        check_sparse(entry, pieces, size)

    def _pax_sparse(self, entry: Entry, records: list[tuple[str, bytes]], known: dict[str, bytes]) -> None:
        pieces = sparse_of_records(records)
        if known.get("GNU.sparse.major") == b"1":
            pieces = self._sparse_map_in_data(entry)
        if pieces is None:
            return
        if "GNU.sparse.name" in known:
            entry.name = text(known["GNU.sparse.name"], key="GNU.sparse.name")
        size = known.get("GNU.sparse.realsize") or known.get("GNU.sparse.size") or b""
        check_sparse(entry, pieces, decimal(size, "GNU.sparse.size"))

    def _sparse_map_in_data(self, entry: Entry) -> list[tuple[int, int]]:
        """Read the map that format 1.0 stores before the data: a count and the numbers, one per line, in whole blocks."""
        blocks: list[bytes] = []
        lines, needed = 0, 1
        while lines < needed:
            too_long = len(blocks) * BLOCK > 2 * SPARSE_LIMIT * _LONGEST_NUMBER or bool(blocks and not lines)
            if entry.stored_bytes < BLOCK or too_long or needed > 1 + 2 * SPARSE_LIMIT:
                raise Corrupt("the map of a sparse file is damaged", subject=entry.name)
            self._left = 0
            blocks.append(self._exactly(BLOCK))
            entry.stored_bytes -= BLOCK
            lines += blocks[-1].count(b"\n")
            if needed == 1 and lines:
                needed = 1 + 2 * decimal(b"".join(blocks).partition(b"\n")[0], "GNU.sparse.map")
        self._expect(entry.stored_bytes)
        numbers = b"".join(blocks).split(b"\n")[1:needed]
        return pairs([decimal(line, "GNU.sparse.map") for line in numbers])
