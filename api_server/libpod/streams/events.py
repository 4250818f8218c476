"""GET /libpod/events: docker's stream with podman's names of actions."""

from __future__ import annotations

from api_server.libpod.shapes.events import event_object
from api_server.streams.events import send_events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request


async def events(server: Context, connection: Connection, request: Request) -> None:
    """Send the events from `since` on, until `until` or for ever. Raises InvalidInput, ClientGone."""
    await send_events(server, connection, request, lambda event: event_object(event, request.version))
