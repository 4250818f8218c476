"""POST /libpod/exec/ID/start and /resize: docker's, with frames unless the process has a terminal."""

from __future__ import annotations

from api_server.exec_records import ExecRecords
from api_server.libpod.query import switch
from api_server.libpod.streams.versions import docker_version
from api_server.streams import execs as docker
from api_server.streams.execs import run_exec
from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, WrongState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request

_MOST = 1 << 16


async def start(server: Context, connection: Connection, request: Request) -> None:
    """Run the process of an exec instance. Raises NotFound, NotRunning, WrongState (it was started), InvalidInput."""
    record = ExecRecords(server.session).get(request.names["id"])
    fields = Fields(request.json)
    size = fields.number("h"), fields.number("w")
    if not all(0 <= each < _MOST for each in size):
        raise InvalidInput("not the size of a terminal", subject=f"h={size[0]} w={size[1]}")
    request = request.replace(version=docker_version(request.version))
    await run_exec(server, connection, request, record, raw=bool(record["terminal"]), size=size)


async def resize(server: Context, connection: Connection, request: Request) -> None:
    """Set the size of a terminal; with `running` an instance that does not run is no error. Raises NotFound, WrongState."""
    ExecRecords(server.session).get(request.names["id"])
    try:
        docker.set_size(request)
    except WrongState:
        if not switch(request, "running"):
            raise
    await connection.answer(201, {})
