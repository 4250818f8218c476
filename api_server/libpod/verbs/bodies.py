"""Bodies that a worker reads itself, and whole answers of endpoints whose body is streamed."""

from __future__ import annotations

import os

from api_server.verbs.piped_output import begin
from pycman.errors import InvalidInput
from pycman.jsontext import format_json
from pycman.storage.archive_io import open_decompressed
from pycman.storage.unpack import PlainStyle, unpack_tar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from api_server.verbs.call import Call

_PIECE_BYTES = 1 << 16
_MOST_BYTES = 64 << 30
"""Of a context that is unpacked."""


def read_body(call: Call, most: int) -> bytes:
    """Return the body of a request. Raises InvalidInput for one of more than `most` bytes."""
    parts, size = [], 0
    with call.source() as source:
        while piece := source.read(_PIECE_BYTES):
            size += len(piece)
            if size > most:
                raise InvalidInput(f"it is longer than {most} bytes", subject="body")
            parts.append(piece)
    return b"".join(parts)


def unpack_body(source: BinaryIO, folder: str) -> None:
    """Unpack a tar (compressed or not) into an empty directory, its files belonging to this user, and read what follows it.

    Raises Corrupt, NoSpace.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        unpack_tar(
            open_decompressed(source),
            descriptor,
            style=PlainStyle(),
            keep_ids=False,
            rootless=True,
            limit_bytes=_MOST_BYTES,
        )
    finally:
        os.close(descriptor)
    while source.read(_PIECE_BYTES):
        pass


def answer_json(call: Call, value: object, status: int = 200) -> None:
    """Write a value as the whole answer."""
    data = format_json(value).encode("utf-8", "surrogateescape") + b"\n"
    begin(call.output, {"Content-Type": "application/json", "Content-Length": str(len(data))}, status)
    write(call, data)


def write(call: Call, data: bytes) -> None:
    """Write bytes of the body of an answer."""
    view = memoryview(data)
    while view:
        view = view[os.write(call.output, view) :]
