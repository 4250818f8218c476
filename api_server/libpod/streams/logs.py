"""GET /libpod/containers/NAME/logs: always framed, also for a container with a terminal."""

from __future__ import annotations

from api_server.libpod.query import switch
from api_server.libpod.streams.versions import docker_version
from api_server.streams.frames import content_type
from api_server.streams.logs import LogWriter, log_options, send_log
from pycman.containers.catalogue import get_row
from pycman.containers.process.logs import log_source
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_NEVER = "0001-01-01"
"""Go's zero time, which clients send for none."""


async def logs(server: Context, connection: Connection, request: Request) -> None:
    """Send the log, with `follow` until the container has ended. Raises NotFound, InvalidInput, Unsupported, ClientGone."""
    wanted = {name for name in ("stdout", "stderr") if switch(request, name)}
    if not wanted:
        raise InvalidInput("you must choose at least one stream", subject="stdout, stderr")
    row = get_row(server.session, request.names["name"])
    times = tuple(pair for pair in request.query if not (pair[0] in ("since", "until") and pair[1].startswith(_NEVER)))
    follows = switch(request, "follow")
    source = log_source(server.session, row["id"], log_options(request.replace(query=times)))
    await connection.begin(200, {"Content-Type": content_type(docker_version(request.version), terminal=False)})
    writer = LogWriter(wanted, terminal=False, timestamps=switch(request, "timestamps"))
    try:
        await connection.unless_gone(send_log(connection, source, writer, follows=follows))
    finally:
        source.close()
    await connection.finish()
