"""GET /events: what has happened and what happens, as a line of JSON each."""

from __future__ import annotations

import time

from api_server.translate.versions import event_of
from pycman.jsontext import format_json
from pycman.state.events import read_after
from pycman.state.times import parse_time_ns
from pycman.system.docker_event import docker_event, is_dockers
from pycman.system.event_stream import event_filter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request
    from pycman.state.events import Event

_LINE_END = b"\n"
_FORMS = {"application/jsonl": (1, 53), "application/x-ndjson": (1, 52), "application/json-seq": (1, 52)}
"""Other names for lines of JSON, and RFC 7464's form of them, by the version of the API since which clients may ask for them."""


async def events(server: Context, connection: Connection, request: Request) -> None:
    """Send the events from `since` on, until `until` or for ever. Raises InvalidInput, ClientGone."""

    def shape(event: Event) -> dict[str, Any] | None:
        return event_of(docker_event(event)) if is_dockers(event) else None

    await send_events(server, connection, request, shape)


async def send_events(
    server: Context, connection: Connection, request: Request, shape: Callable[[Event], dict[str, Any] | None]
) -> None:
    """Send events as `shape` makes JSON of them, without those of which it makes none. Raises InvalidInput, ClientGone.

    They come from the database, which has them whatever `events_logger` says.
    """
    passes = event_filter(request.filters())
    now = time.time_ns()
    since_ns = parse_time_ns(request.text("since"), now_ns=now) if request.text("since") else 0
    until_ns = parse_time_ns(request.text("until"), now_ns=now) if request.text("until") else 0
    follows = request.flag("stream", default=True)
    database = server.session.db
    last = 0 if request.text("since") else int(database.value("SELECT coalesce(max(id), 0) FROM events") or 0)
    content_type, mark = _form(request)
    await connection.begin(200, {"Content-Type": content_type})

    async def send() -> None:
        nonlocal last
        while True:
            found = read_after(database, last, until_ns=until_ns)
            wanted = (shape(event) for event in found if event.time_ns >= since_ns and passes(event))
            lines = [mark + format_json(value).encode() + _LINE_END for value in wanted if value is not None]
            last = found[-1].id if found else last
            if lines:
                await connection.write(b"".join(lines))
            if not follows or (until_ns and time.time_ns() >= until_ns):
                return
            left_s = (until_ns - time.time_ns()) / 1e9 if until_ns else 60.0
            await server.changes.wait(max(0.01, min(left_s, 60.0)))

    await connection.unless_gone(send())
    await connection.finish()


def _form(request: Request) -> tuple[str, bytes]:
    """Return the content type that the client accepts, and what each line begins with."""
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    for name, since in _FORMS.items():
        if name in accepted and request.version >= since and not request.libpod:
            return name, b"\x1e" if name.endswith("-seq") else b""
    return "application/json", b""
