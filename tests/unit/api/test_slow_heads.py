"""A client that sends its head byte by byte is cut when its time is over, whenever its last byte came."""

from __future__ import annotations

import asyncio
import types

import pytest

from api_server.http import limits
from api_server.http.connection import Connection

_WHOLE = b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"


class _Drip:
    """A reader that gives `whole`, then one byte of a header at a time, without end."""

    def __init__(self, whole: bytes) -> None:
        self._next = whole or b"GET / HTTP/1.1\r\nX: "
        self.reads = 0

    async def read(self, _size: int) -> bytes:
        await asyncio.sleep(0.001)
        self.reads += 1
        data, self._next = self._next, b"G" if self._next == _WHOLE else b"x"
        return data


class _Writer:
    transport = types.SimpleNamespace(set_write_buffer_limits=lambda high: None)

    def write(self, _data: bytes) -> None: ...
    def close(self) -> None: ...
    async def drain(self) -> None: ...


@pytest.mark.parametrize("whole", [b"", _WHOLE], ids=["its-first-head", "a-later-one"])
def test_a_head_that_comes_byte_by_byte_ends(whole: bytes, monkeypatch) -> None:
    monkeypatch.setattr(limits, "HEAD_S", 0.2)
    monkeypatch.setattr(limits, "HEAD_BYTES", 1 << 30)
    answered = []

    async def handle(connection: Connection, request) -> None:
        answered.append(request.target)
        await connection.answer(200, {})

    async def serve() -> None:
        connection = Connection(_Drip(whole), _Writer(), {})  # type: ignore[arg-type]
        await asyncio.wait_for(connection.serve(handle), 60)

    asyncio.run(serve())
    assert answered == ([b"/_ping"] if whole else [])
