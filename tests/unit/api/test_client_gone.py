"""A client that resets its connection ends what is done for it, and nothing of that is printed."""

from __future__ import annotations

import asyncio
import gc

import pytest

from api_server.http.connection import ClientGone, Connection
from tests.unit.api.test_slow_heads import _Writer


class _Reset:
    async def read(self, _size: int) -> bytes:
        await asyncio.sleep(0)
        raise ConnectionResetError


def test_a_reset_while_an_answer_is_sent_is_a_client_that_has_gone() -> None:
    printed = []

    async def send() -> None:
        raise ClientGone  # the writing side has seen the reset, too

    async def serve() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: printed.append(context["message"]))
        connection = Connection(_Reset(), _Writer(), {})  # type: ignore[arg-type]
        for work in (send(), asyncio.sleep(60)):
            with pytest.raises(ClientGone):
                await connection.unless_gone(work)

    asyncio.run(serve())
    gc.collect()
    assert not printed
