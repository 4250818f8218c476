"""The tar reader of layers and archives."""

from __future__ import annotations

import io

from pycman.storage.tar_stream import TarStream
from tests.fuzz.target import Target
from tests.support.tars import member, pax_records, tar_bytes


def run(data: bytes) -> None:
    stream = TarStream(io.BytesIO(data))
    for entry in stream:
        if entry.kind == "file":
            while stream.take(1 << 16):
                pass


TARGET = Target(
    run=run,
    seeds=(
        tar_bytes(("a/", ""), ("a/b", b"hello"), ("a/l", "b")),
        tar_bytes({"name": "x", "pax": {"path": "é" * 90, "SCHILY.xattr.user.a": "1", "mtime": "1.5", "size": "3"}, "data": b"abc"}),
        tar_bytes({"name": "x", "type": b"L", "data": b"n" * 200}, ("x", b"")),
        tar_bytes({"name": "h", "type": b"1", "linkname": "a"}, {"name": "d", "type": b"3"}, {"name": "f", "type": b"6"}),
        member({"name": "s", "pax": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9", "GNU.sparse.name": "z"},
                "data": b"1\n0\n3\n".ljust(512, b"\0") + b"abc"}) + bytes(1024),
        tar_bytes({"name": "s", "type": b"S", "data": b"abc"}),
        b"".join(member({"name": "g", "type": kind, "data": pax_records({"a": "b", "uid": "5"})}) for kind in (b"g", b"x")) + bytes(1024),
    ),
    words=(b"ustar\x0000", b"ustar  \0", b"0000644\0", b"\x80\xff\xff\xff", b"11 path=ab\n", b"GNU.sparse.map", b"GNU.sparse.numblocks",
           b"SCHILY.xattr.", b"LIBARCHIVE.xattr.", b"size=", b"mtime=", b"-1.5", b"./././@LongLink", bytes(512), bytes(1024)),
    longest=64 << 10,
)  # fmt: skip
