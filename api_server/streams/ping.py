"""GET and HEAD /_ping."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "Pragma": "no-cache",
    "Builder-Version": "1",
    "Swarm": "inactive",
    "Libpod-Buildah-Version": "1.39.0",
}
"""Builder-Version 1: clients build with the classic builder, not with BuildKit's sessions."""


async def ping(_server: Context, connection: Connection, request: Request) -> None:
    """Say that the server is there, and which builder and versions it has."""
    await connection.answer(200, _HEADERS, b"OK" if request.method == "GET" else b"")
