"""POST /libpod/containers/NAME/wait: the exit status as a number, once one of the conditions holds."""

from __future__ import annotations

from api_server.libpod.spec.durations import duration_ns
from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.containers.end.exit_status import status_of_run
from pycman.errors import InvalidInput, NotFound
from pycman.state.events import of_actor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_ENDED = ("stopped", "exited")
_CONDITIONS = {
    "configured": ("created",), "created": ("created",), "initialized": ("initialized",), "running": ("running",),
    "paused": ("paused",), "stopping": ("stopping",), "removing": ("removing", "removed"), "unknown": (), "healthy": (),
    "unhealthy": (), "stopped": (), "exited": (),
}  # fmt: skip
"""podman's conditions and the states for which they hold; the last five are looked at otherwise."""
_ID_LENGTH = 64
_NO_STATUS = -1


async def wait(server: Context, connection: Connection, request: Request) -> None:
    """Send the exit status, -1 if the condition is about no end. Raises NotFound, InvalidInput, ClientGone."""
    if request.text("interval"):
        duration_ns(request.text("interval"), "interval")  # it is woken by what happens, not at intervals
    conditions = {word for text in request.texts("condition") for word in text.split(",") if word} or set(_ENDED)
    for word in conditions:
        if word not in _CONDITIONS:
            raise InvalidInput("not a condition", subject=word[:40], hint=f"use {', '.join(_CONDITIONS)}")
    name = request.names["name"]
    try:
        row = get_row(server.session, name)
    except NotFound:
        status = _removed_status(server, name) if conditions == set(_ENDED) else None
        if status is None:
            raise
    else:
        status = await connection.unless_gone(_status(server, row, conditions))
    await connection.answer(200, {"Content-Type": "application/json"}, f"{status}\n".encode())


def _removed_status(server: Context, container_id: str) -> int | None:
    """Return the exit status of a container that is removed already (run --rm), by its full id; None if nobody knows it."""
    if len(container_id) != _ID_LENGTH:
        return None
    ends = of_actor(server.session.db, container_id, "died")
    text = str(ends[-1].attributes.get("exit_status", "")) if ends else ""
    return int(text) if text.lstrip("-").isdecimal() else None


async def _status(server: Context, row: Mapping[str, Any], conditions: set[str]) -> int:
    session = server.session
    wanted = {state for word in conditions for state in _CONDITIONS[word]}
    ends = bool(conditions & set(_ENDED))
    while True:
        now = session.db.row("SELECT * FROM containers WHERE id = ?", (row["id"],))
        if now is None:
            return status_of_run(session, row, None) if ends or "removed" in wanted else _NO_STATUS
        state, seen = states.observe(session, now)
        if ends and state == states.EXITED:
            return int(seen["exit_status"])
        shown = "stopping" if state == states.RUNNING and seen["stopped_by_user"] else state
        if shown in wanted or _is_healthy(seen, conditions):
            return _NO_STATUS
        await server.changes.wait(0.2)


def _is_healthy(row: Mapping[str, Any], conditions: set[str]) -> bool:
    return bool({"healthy", "unhealthy"} & conditions) and row["health_status"] in conditions
