"""GET /containers/NAME/logs: the log file's records, followed without a thread."""

from __future__ import annotations

import asyncio

from api_server.http.limits import UNSENT_BYTES
from api_server.streams.frames import STDERR, STDOUT, content_type, frame
from pycman.containers.catalogue import get_row, spec_of
from pycman.containers.process.logs import LogOptions, log_source
from pycman.errors import InvalidInput
from pycman.spec.resources import is_count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.context import Context
    from api_server.http.connection import Connection
    from api_server.http.request import Request
    from pycman.containers.process.logs import AnySource, LogLine

_POLL_S = 0.05
_STREAMS = {"stdout": STDOUT, "stderr": STDERR}


async def logs(server: Context, connection: Connection, request: Request) -> None:
    """Send the log, with `follow` until the container has ended. Raises NotFound, InvalidInput, Unsupported, ClientGone."""
    wanted = {name for name in _STREAMS if request.flag(name)}
    if not wanted:
        raise InvalidInput("you must choose at least one stream", subject="Bad parameters")
    row = get_row(server.session, request.names["name"])
    terminal = spec_of(row).terminal
    source = log_source(server.session, row["id"], log_options(request))
    await connection.begin(200, {"Content-Type": content_type(request.version, terminal=terminal)})
    writer = LogWriter(wanted, terminal=terminal, timestamps=request.flag("timestamps"))
    try:
        await connection.unless_gone(send_log(connection, source, writer, follows=request.flag("follow")))
    finally:
        source.close()
    await connection.finish()


def log_options(request: Request) -> LogOptions:
    """Return the options in a query: times are seconds since 1970, 0 is none. Raises InvalidInput."""
    tail = request.text("tail", "all")
    if tail not in ("all", "") and not is_count(tail.removeprefix("-")):
        raise InvalidInput("not a number of lines", subject=f"tail={tail[:20]}", hint="write a number, or all")
    times = {name: request.text(name) for name in ("since", "until") if request.text(name) not in ("", "0", "0.0")}
    return LogOptions(follow=request.flag("follow"), tail=-1 if tail in ("all", "") else max(-1, int(tail)), **times)


class LogWriter:
    """Makes the bytes of an answer of records: framed unless the container has a terminal."""

    def __init__(self, wanted: set[str], *, terminal: bool, timestamps: bool) -> None:
        self._wanted = wanted
        self._terminal = terminal
        self._timestamps = timestamps
        self._begins_line = {"stdout": True, "stderr": True}

    def bytes_of(self, line: LogLine) -> bytes:
        """Return what is sent for a record, nothing for one of a stream that is not wanted."""
        if line.stream not in self._wanted:
            return b""
        text = line.text
        if self._timestamps and self._begins_line[line.stream]:
            text = f"{line.time} ".encode() + text
        self._begins_line[line.stream] = line.ends
        return text if self._terminal else frame(_STREAMS[line.stream], text)


async def send_log(connection: Connection, source: AnySource, writer: LogWriter, *, follows: bool) -> None:
    """Send what is in the log, with `follows` until its container has ended. Raises ClientGone."""
    while True:
        ends = not follows or not source.is_alive()
        parts: list[bytes] = []
        size = 0
        for line in source.read():
            parts.append(writer.bytes_of(line))
            size += len(parts[-1])
            if size > UNSENT_BYTES:
                await connection.write(b"".join(parts))
                await asyncio.sleep(0)
                parts, size = [], 0
        if size:
            await connection.write(b"".join(parts))
        if ends or source.passed_until:
            return
        await asyncio.sleep(_POLL_S)
