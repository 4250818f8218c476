"""Who answers which endpoint in the event loop."""

from __future__ import annotations

from api_server.streams import attach, events, execs, logs, ping, start, stats, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

    Handler = Callable[[Context, Connection, Request], Awaitable[None]]

HANDLERS: Mapping[str, Handler] = {
    "ping.ping": ping.ping,
    "events.events": events.events,
    "logs.logs": logs.logs,
    "stats.stats": stats.stats,
    "wait.wait": wait.wait,
    "attach.attach": attach.attach,
    "attach.attach_websocket": attach.attach_websocket,
    "start.start": start.start,
    "attach.resize": attach.resize,
    "execs.start": execs.start,
    "execs.resize": execs.resize,
}
"""By the names in routes.py."""
