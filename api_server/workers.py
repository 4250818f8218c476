"""Requests to the pool of workers (pycman/pool) from an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from api_server.pipes import wait_readable
from pycman.errors import Unavailable
from pycman.pool.reply import read_reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from typing import Any

    from pycman.pool.pool import Pool

_ATTEMPTS = 3
"""How often a request is sent as long as no worker has begun it."""
_AT_ONCE = 64
"""Requests that workers do at the same time; those of clients that stay connected (exec, build) are not counted."""


class Workers:
    """The event loop's end of a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Have a worker perform a request and return its result. Raises what performing raises, and Unavailable.

        Whoever is cancelled leaves the worker to finish what it has begun.
        """
        async with self._room:
            return await self.perform(name, arguments)

    async def perform(
        self, name: str, arguments: dict[str, Any], descriptors: Sequence[int] = (), *, killed_if_left: bool = False
    ) -> Any:
        """Do as `call` does, at once, with copies of `descriptors` for the worker.

        `killed_if_left`: a caller that is cancelled has the worker and all that it started killed.
        """
        for left in reversed(range(1 if descriptors else _ATTEMPTS)):  # whoever sent descriptors has closed its own
            reply = _Reply(self._pool.begin(name, arguments, descriptors), name)
            try:
                return await reply.result()
            except asyncio.CancelledError:
                if killed_if_left:
                    reply.kill()
                raise
            except Unavailable:
                if reply.worker or not left:
                    raise
            finally:
                reply.close()
        raise Unavailable("no worker has begun it", subject=name, hint="try again")


class _Reply:
    """One reply: the pid of the worker, then the result."""

    def __init__(self, channel: socket.socket, name: str) -> None:
        self._channel = channel
        self._name = name
        self.worker = 0

    async def result(self) -> Any:
        while True:
            message = read_reply(self._channel, self._name)
            if message is None:
                await wait_readable(self._channel.fileno())
            elif "body" in message:
                return message["body"]
            else:
                self.worker = message.get("worker", 0)

    def kill(self) -> None:
        """Kill the worker, which waits for the end of this reply before it could end and its pid be another's."""
        if self.worker:
            with contextlib.suppress(OSError):
                os.killpg(self.worker, signal.SIGKILL)

    def close(self) -> None:
        self._channel.close()
