"""GET /containers/NAME/stats: a sample each second, which a worker takes (as an ordinary user's need its namespaces)."""

from __future__ import annotations

import asyncio

from api_server.translate.stats import stats_object
from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.errors import NotFound
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_EVERY_S = 1.0
_JSON = {"Content-Type": "application/json"}


async def stats(server: Context, connection: Connection, request: Request) -> None:
    """Send one sample, or with `stream` one each second until the container is removed. Raises NotFound, ClientGone."""
    row = get_row(server.session, request.names["name"])
    if not request.flag("stream", default=True):
        previous: dict[str, Any] = {}
        if not request.flag("one-shot") and states.state_of(server.session, row) == states.RUNNING:
            previous = await _sample(server, row["id"])
            await connection.unless_gone(asyncio.sleep(_EVERY_S))
        current = await _sample(server, row["id"])
        await connection.answer(200, _JSON, format_json(stats_object(current, previous)).encode() + b"\n")
        return
    await connection.begin(200, _JSON)
    await connection.unless_gone(_send(server, connection, row["id"]))
    await connection.finish()


async def _sample(server: Context, container_id: str) -> dict[str, Any]:
    sample: dict[str, Any] = await server.workers.call("containers.sample", {"container_id": container_id})
    return sample


async def _send(server: Context, connection: Connection, container_id: str) -> None:
    previous: dict[str, Any] = {}
    while True:
        try:
            current = await _sample(server, container_id)
        except NotFound:
            return
        await connection.write(format_json(stats_object(current, previous)).encode() + b"\n")
        previous = current
        await asyncio.sleep(_EVERY_S)
