"""Tars for tests: honest ones in one line, and dishonest ones header by header."""

from __future__ import annotations

import io
import struct


def tar_file(*entries):
    """Return a tar as a file. An entry is (name, bytes), (name, link target), or a dictionary of `header`'s fields."""
    return io.BytesIO(tar_bytes(*entries))


def tar_bytes(*entries):
    """Return a tar of entries, with its end."""
    return b"".join(member(entry) for entry in entries) + bytes(1024)


def member(entry):
    """Return one entry: headers, data and padding. `pax` is a dictionary of extended records."""
    if isinstance(entry, tuple):
        name, content = entry
        if isinstance(content, str):
            entry = {"name": name, "type": b"2", "linkname": content, "mode": 0o777}
        elif name.endswith("/"):
            entry = {"name": name, "type": b"5", "mode": 0o755}
        else:
            entry = {"name": name, "data": content}
    fields = dict(entry)
    pax = fields.pop("pax", None)
    data = fields.pop("data", b"")
    front = b""
    if pax:
        front = member({"name": "PaxHeader", "type": b"x", "data": pax_records(pax)})
    size = fields.pop("size", len(data))
    return front + header(size=size, **fields) + data + bytes(-len(data) % 512)


def pax_records(records):
    """Return extended header records of a dictionary, or of a list of pairs."""
    out = b""
    for key, value in records.items() if isinstance(records, dict) else records:
        raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
        body = b" " + key.encode() + b"=" + raw + b"\n"
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        out += str(length).encode() + body
    return out


def header(
    *,
    name,
    type=b"0",
    size=0,
    mode=0o644,
    uid=0,
    gid=0,
    mtime=0,
    linkname="",
    magic=b"ustar\x0000",
    major=0,
    minor=0,
    prefix="",
    raw=None,
    checksum=None,
):
    """Return one header block. `raw` maps offsets to bytes that are written over it before the checksum."""
    block = bytearray(
        struct.pack(
            "100s8s8s8s12s12s8s1s100s8s32s32s8s8s155s12s",
            _bytes(name)[:100],
            _number(mode, 8),
            _number(uid, 8),
            _number(gid, 8),
            _number(size, 12),
            _number(mtime, 12),
            b" " * 8,
            type,
            _bytes(linkname)[:100],
            magic,
            b"",
            b"",
            _number(major, 8),
            _number(minor, 8),
            _bytes(prefix),
            b"",
        )
    )
    for offset, data in (raw or {}).items():
        block[offset : offset + len(data)] = data
    total = sum(block[:148]) + 256 + sum(block[156:])
    block[148:156] = b"%06o\0 " % (total if checksum is None else checksum)
    return bytes(block)


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _number(value, size):
    if isinstance(value, bytes):
        return value
    if 0 <= value < 8 ** (size - 1):
        return b"%0*o\0" % (size - 1, value)
    return bytes([0x80 if value >= 0 else 0xFF]) + (value & (256 ** (size - 1) - 1)).to_bytes(size - 1, "big")
