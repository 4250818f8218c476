"""POST /libpod/containers/NAME/attach and /resize: docker's, with podman's defaults."""

from __future__ import annotations

from api_server.libpod.query import switch
from api_server.libpod.streams.versions import docker_version
from api_server.streams import attach as docker
from api_server.streams.attach import size_of
from pycman.containers import states
from pycman.containers.catalogue import get_row
from pycman.errors import NotRunning
from pycman.runtime import attach_protocol
from pycman.runtime.attach import control

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_STREAMS = ("stdin", "stdout", "stderr")


async def attach(server: Context, connection: Connection, request: Request) -> None:
    """Attach to what is asked for, without a word to all three streams; `stream` is what is meant unless it is false."""
    added = [] if request.given("stream") else [("stream", "true")]
    if not any(request.given(name) for name in _STREAMS):
        added += [(name, "true") for name in _STREAMS]
    version = docker_version(request.version)
    await docker.attach(server, connection, request.replace(query=(*request.query, *added), version=version))


async def resize(server: Context, connection: Connection, request: Request) -> None:
    """Set the size of a terminal; with `running` a container that does not run is no error. Raises NotFound, NotRunning."""
    row = get_row(server.session, request.names["name"])
    if states.state_of(server.session, row) in states.ALIVE:
        rows, columns = size_of(request)
        control(server.session.paths.bundle(row["id"]), attach_protocol.window_line(rows, columns))
    elif not switch(request, "running"):
        raise NotRunning("container is not running", subject=row["name"])
    await connection.answer(201, {})
