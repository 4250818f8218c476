"""GET /libpod/containers/stats and /pods/stats: samples of several at an interval, which a worker takes."""

from __future__ import annotations

import asyncio

from api_server.libpod.query import count, switch
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_JSON = {"Content-Type": "application/json"}
_USUAL_S = 5


async def stats(server: Context, connection: Connection, request: Request) -> None:
    """Send {"Error", "Stats"} once, or with `stream` at each interval. Raises NotFound, InvalidInput, ClientGone."""
    interval = count(request, "interval")
    sampler = _Sampler(server, "libpod.internal.sample", _names(request, "containers"), every=switch(request, "all"))
    await _answer(
        connection,
        sampler,
        every_s=(_USUAL_S if interval is None else interval) if switch(request, "stream", default=True) else 0,
        shape=lambda shown: {"Error": None, "Stats": shown},
    )


async def pod_stats(server: Context, connection: Connection, request: Request) -> None:
    """Send a list of samples once, or with `stream` at each interval. Raises NotFound, InvalidInput, ClientGone."""
    names, every = _names(request, "namesOrIDs"), switch(request, "all")
    if names and every:
        raise InvalidInput("--all cannot be used with names of pods", subject="all", hint="leave one out")
    delay = count(request, "delay")
    sampler = _Sampler(server, "libpod.internal.sample_pods", names, every=every)
    every_s = max(1, _USUAL_S if delay is None else delay) if switch(request, "stream") else 0
    await _answer(connection, sampler, every_s=every_s, shape=lambda shown: shown)


def _names(request: Request, key: str) -> list[str]:
    return [name for text in request.texts(key) for name in text.split(",") if name]


class _Sampler:
    """Takes samples, each with those before for rates."""

    def __init__(self, server: Context, handler: str, names: list[str], *, every: bool) -> None:
        self._server = server
        self._handler = handler
        self._names = names
        self._every = every
        self._previous: list[dict[str, Any]] = []

    async def take(self) -> list[dict[str, Any]]:
        arguments = {"names": self._names, "every": self._every, "previous": self._previous}
        found = await self._server.workers.call(self._handler, arguments)
        self._previous = found["samples"]
        shown: list[dict[str, Any]] = found["shown"]
        return shown


async def _answer(connection: Connection, sampler: _Sampler, *, every_s: float, shape: Any) -> None:
    first = await sampler.take()
    await connection.begin(200, _JSON)

    async def send() -> None:
        shown = first
        while True:
            await connection.write(format_json(shape(shown)).encode("utf-8", "surrogateescape") + b"\n")
            if not every_s:
                return
            await asyncio.sleep(every_s)
            try:
                shown = await sampler.take()
            except NotFound:
                return

    await connection.unless_gone(send())
    await connection.finish()
