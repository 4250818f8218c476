"""Parse tar headers (POSIX pax(1), ustar; GNU tar's long names, big numbers and sparse files). Pure.

`tarfile` is not used: it takes 29 µs per entry where this takes 12, keeps times as floats, and ends without an error at
a damaged header, so that a truncated archive would be accepted.
"""

from __future__ import annotations

import struct
import sys

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = 512
SPECIAL_LIMIT = 4 << 20
"""Most bytes of all extended headers of one entry: enough for all attributes of a file."""
RECORDS_LIMIT = 1 << 16
"""Most records in these headers."""
NAME_LIMIT = 1 << 16
"""Most bytes of a name or link target; Linux accepts 4,095."""
SPARSE_LIMIT = 1 << 17
"""Most pieces of one sparse file."""
_FIELDS = struct.Struct("100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12s")
_XATTR = "SCHILY.xattr."
_KINDS = {
    b"0": "file", b"\0": "file", b"7": "file", b"S": "file",
    b"1": "hardlink", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo", b"D": "directory",
}  # fmt: skip
_ENCODING = sys.getfilesystemencoding()  # not always UTF-8, and names must be encoded to the same bytes again
_WITHOUT_DATA = frozenset(b"123456")


class Entry:
    """One member. `stored_bytes` follow in the archive, `size` is the length of the file; times in ns since 1970.

    `sparse` lists (offset, length) of the stored pieces, or is None; `type` is the header's type flag.
    """

    __slots__ = (
        "gid", "kind", "linkname", "major", "minor", "mode", "mtime_ns", "name", "size", "sparse", "stored_bytes",
        "type", "uid", "xattrs",
    )  # fmt: skip

    def __init__(self, header: bytes) -> None:
        """Parse one block whose checksum was right. Raises Corrupt for malformed numbers."""
        (
            name, mode, uid, gid, size, mtime, _, self.type, linkname, magic, _, _, major, minor, prefix, trailer
        ) = _FIELDS.unpack(header)  # fmt: skip
        self.name = text(name)
        self.mode = number(mode) & 0o7777
        self.uid, self.gid = number(uid), number(gid)
        self.size = self.stored_bytes = number(size)
        self.mtime_ns = number(mtime) * 10**9
        self.linkname = text(linkname)
        self.kind = _KINDS.get(self.type, "")
        self.major = self.minor = 0
        if self.type in b"34":
            self.major, self.minor = number(major), number(minor)
        if magic[:6] == b"ustar\0" and prefix[0]:
            front = text(prefix[:131] if trailer[8:] == b"tar\0" else prefix)
            self.name = f"{front}/{self.name}"
        self.xattrs: dict[str, bytes] = {}
        self.sparse: list[tuple[int, int]] | None = None
        self._normalize()

    def _normalize(self) -> None:
        if self.type in b"\x000" and self.name.endswith("/"):
            self.kind = "directory"  # the format of Unix V7 has no type flag for directories
        if self.stored_bytes < 0:
            raise Corrupt("a negative size", subject=self.name)
        if self.type[0] in _WITHOUT_DATA:
            self.size = self.stored_bytes = 0

    def apply(self, records: Mapping[str, bytes]) -> None:
        """Override fields by the records of an extended header (pax(1), "pax Extended Header"). Raises Corrupt."""
        for key, value in records.items():
            if not value and not key.startswith(_XATTR):
                continue  # an empty value leaves the header's own field (pax(1))
            if key == "path":
                self.name = text(value, key=key)
            elif key == "linkpath":
                self.linkname = text(value, key=key)
            elif key == "size":
                self.size = self.stored_bytes = decimal(value, key)
            elif key == "mtime":
                self.mtime_ns = nanoseconds(value)
            elif key == "uid":
                self.uid = decimal(value, key)
            elif key == "gid":
                self.gid = decimal(value, key)
            elif key.startswith(_XATTR):
                self.xattrs[key[len(_XATTR) :]] = value
        self._normalize()


def has_checksum(header: bytes) -> bool:
    """Return whether a block's checksum is right, summed over unsigned bytes or, as some old programs did, signed ones."""
    try:
        recorded = number(header[148:156])
    except Corrupt:
        return False
    rest = header[:148] + header[156:]
    unsigned = sum(rest) + 256
    return unsigned == recorded or unsigned - 256 * sum(byte > 127 for byte in rest) == recorded


def number(field: bytes) -> int:
    """Parse octal digits, or a big number: base 256 with the highest bit set (GNU, star). Raises Corrupt."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False) & ((1 << (8 * len(field) - 1)) - 1)
        return value - (1 << (8 * len(field) - 2)) * 2 if field[0] & 0x40 else value
    digits = field.partition(b"\0")[0].strip()
    if not digits:
        return 0
    try:
        return int(digits, 8)
    except ValueError:
        raise Corrupt(f"a number in a header is {digits!r}") from None


def decimal(value: bytes, key: str) -> int:
    """Parse a decimal number of an extended header. Raises Corrupt."""
    if not value.isdigit() or len(value) > 19:
        raise Corrupt(f"{key} of an extended header is {value[:40]!r}")
    return int(value)


def nanoseconds(value: bytes) -> int:
    """Parse a time such as 1700000000.123456789 exactly, into ns. Raises Corrupt."""
    sign = -1 if value.startswith(b"-") else 1
    seconds, _, fraction = value.removeprefix(b"-").partition(b".")
    digits = fraction[:9].ljust(9, b"0")
    if not (seconds or b"0").isdigit() or not digits.isdigit() or len(seconds) > 19:
        raise Corrupt(f"a time of an extended header is {value[:40]!r}")
    return sign * (int(seconds or b"0") * 10**9 + int(digits))


def text(field: bytes, *, key: str = "") -> str:
    """Return a field up to its NUL as text; bytes that cannot be decoded are kept as surrogates (surrogateescape).

    Raises Corrupt for a NUL in the record `key` of an extended header.
    """
    if key and b"\0" in field:
        raise Corrupt(f"{key} of an extended header contains a NUL byte")
    return field.partition(b"\0")[0].decode(_ENCODING, "surrogateescape")


def parse_records(data: bytes) -> list[tuple[str, bytes]]:
    r"""Return the "LENGTH KEY=VALUE\n" records of an extended header, in order. Raises Corrupt."""
    records = []
    place = 0
    while place < len(data) and data[place]:
        space = data.find(b" ", place, place + 20)
        digits = data[place:space] if space > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        end = place + length
        record = data[space + 1 : end]
        key, equals, value = record[:-1].partition(b"=")
        if space < 0 or end <= space + 1 or end > len(data) or not equals or record[-1:] != b"\n":
            raise Corrupt("an extended header is damaged")
        records.append((key.decode("utf-8", "surrogateescape"), value))
        if len(records) > RECORDS_LIMIT:
            raise Corrupt(f"an extended header of more than {RECORDS_LIMIT} records")
        place = end
    return records


# -- sparse files (GNU tar manual, "Storing Sparse Files") -------------------------------------------------------------


def sparse_of_header(header: bytes) -> tuple[list[tuple[int, int]], bool, int]:
    """Return from an old GNU sparse header: the first pieces, whether extension blocks follow, the real size."""
    return _pieces(header[386:482]), header[482] != 0, number(header[483:495])


def sparse_of_block(block: bytes) -> tuple[list[tuple[int, int]], bool]:
    """Return the pieces of one extension block, and whether another one follows."""
    return _pieces(block[:504]), block[504] != 0


def _pieces(data: bytes) -> list[tuple[int, int]]:
    pieces = []
    for place in range(0, len(data), 24):
        if not data[place]:
            break
        pieces.append((number(data[place : place + 12]), number(data[place + 12 : place + 24])))
    return pieces


def sparse_of_records(records: list[tuple[str, bytes]]) -> list[tuple[int, int]] | None:
    """Return the pieces that the formats 0.0 and 0.1 store in an extended header; None if there are none."""
    known = dict(records)
    if "GNU.sparse.map" in known:
        values = [decimal(value, "GNU.sparse.map") for value in known["GNU.sparse.map"].split(b",") if value]
    elif "GNU.sparse.numblocks" in known or "GNU.sparse.offset" in known:
        keys = ("GNU.sparse.offset", "GNU.sparse.numbytes")
        values = [decimal(value, key) for key, value in records if key in keys]
    else:
        return None
    return pairs(values)


def pairs(values: list[int]) -> list[tuple[int, int]]:
    """Return offset, length, offset, length, … as pairs. Raises Corrupt for an odd number or too many."""
    if len(values) % 2 or len(values) > 2 * SPARSE_LIMIT:
        raise Corrupt("the map of a sparse file is damaged")
    return list(zip(values[::2], values[1::2], strict=True))


def check_sparse(entry: Entry, pieces: list[tuple[int, int]], size: int) -> None:
    """Make `entry` a sparse file of those pieces. Raises Corrupt if they overlap, exceed it or are not all stored."""
    end = 0
    for offset, length in pieces:
        if length < 0 or offset < end or offset + length > size:
            raise Corrupt("the map of a sparse file is damaged", subject=entry.name)
        end = offset + length
    if sum(length for _, length in pieces) != entry.stored_bytes:
        raise Corrupt("the map of a sparse file does not fit what is stored", subject=entry.name)
    entry.sparse, entry.size = pieces, size
