"""GET /libpod/containers/NAME/top and /pods/NAME/top: the processes once, or with `stream` at each `delay`."""

from __future__ import annotations

import asyncio

from api_server.libpod.query import count, switch
from pycman.errors import InvalidInput, PycmanError
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_USUAL_S = 5


async def top(server: Context, connection: Connection, request: Request) -> None:
    """Send the processes of a container. Raises NotFound, NotRunning, InvalidInput, ClientGone."""
    await _answer(server, connection, request, "libpod.internal.top")


async def pod_top(server: Context, connection: Connection, request: Request) -> None:
    """Send the processes of a pod. Raises NotFound, InvalidInput, ClientGone."""
    await _answer(server, connection, request, "libpod.internal.pod_top")


async def _answer(server: Context, connection: Connection, request: Request, handler: str) -> None:
    delay = count(request, "delay")
    if delay == 0:
        raise InvalidInput('"delay" parameter of value 0 < 1', subject="delay")
    words = [word for word in request.texts("ps_args") if word]
    descriptors = words[0].split() if len(words) == 1 else words
    arguments = {"name": request.names["name"], "descriptors": descriptors}
    found = await server.workers.call(handler, arguments)
    await connection.begin(200, {"Content-Type": "application/json"})

    async def send() -> None:
        table = found
        while True:
            await connection.write(format_json(table).encode("utf-8", "surrogateescape") + b"\n")
            if not switch(request, "stream"):
                return
            await asyncio.sleep(_USUAL_S if delay is None else delay)
            try:
                table = await server.workers.call(handler, arguments)
            except PycmanError:
                return  # it has ended

    await connection.unless_gone(send())
    await connection.finish()
