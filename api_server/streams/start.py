"""POST /containers/NAME/start: by a worker, but clients that have attached to the container get its first byte."""

from __future__ import annotations

import asyncio
import contextlib

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.errors import PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_ATTACHED_S = 5.0
"""How long a start waits for those who attach: a client that is as slow as that may miss what is written first."""


async def start(server: Context, connection: Connection, request: Request) -> None:
    """Start a container; 304 for one that runs. Raises what starting does."""
    row = get_row(server.session, request.names["name"])
    waiting = set(server.attaching.get(row["id"], ()))
    if waiting and states.state_of(server.session, row) not in states.ALIVE:
        with contextlib.suppress(PycmanError):  # why it cannot be initialized is what the start says
            await server.workers.call("containers.initialize", {"container_id": row["id"]})
            await asyncio.wait(waiting, timeout=_ATTACHED_S)
    work = server.workers.call("containers.start", {"request": request.to_dict()})
    try:
        answer = await connection.unless_gone(work)
    except PycmanError:
        for each in waiting:
            each.cancel()  # there is nothing to attach to
        raise
    await connection.answer(answer["status"], answer["headers"], answer["body"])
