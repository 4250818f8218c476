"""POST /containers/NAME/wait: the head at once, so that a client knows that its wait has begun, the status when there is one."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.containers.end.exit_status import status_of_run
from pycman.errors import InvalidInput
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

CONDITIONS = ("not-running", "next-exit", "removed")


async def wait(server: Context, connection: Connection, request: Request) -> None:
    """Send {"StatusCode": N} once the condition holds. Raises NotFound, InvalidInput, ClientGone."""
    condition = request.text("condition") or "not-running"
    if condition not in CONDITIONS:
        raise InvalidInput("invalid condition", subject=f'"{condition}"', hint=f"use {', '.join(CONDITIONS)}")
    row = get_row(server.session, request.names["name"])
    await connection.begin(200, {"Content-Type": "application/json"})
    status = await connection.unless_gone(_status(server, row, condition))
    await connection.write(format_json({"StatusCode": status, "Error": None}).encode() + b"\n")
    await connection.finish()


async def _status(server: Context, row: Mapping[str, Any], condition: str) -> int:
    session = server.session
    before = row["finished_at_ns"]
    while True:
        now = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
        if now is None:
            return status_of_run(session, row, None)
        state, seen = states.observe(session, now)
        if condition != "removed":
            ended = seen["finished_at_ns"] != before
            if ended or (condition == "not-running" and state not in (*states.ALIVE, states.RESTARTING)):
                return int(seen["exit_status"])
            if condition == "not-running" and state == states.INITIALIZED:
                return 0  # not running yet, as one that was created
        await server.changes.wait(0.2)
