"""Bodies that a worker reads itself, and whole answers of endpoints whose body is streamed."""

from __future__ import annotations

import os

from api_server.verbs.piped_output import begin
from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call

_PIECE_BYTES = 1 << 16


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
