"""POST /containers/NAME/attach and /resize: a client's connection passed to conmon's attach socket, without a process of its own.

    client ◀── TakenOver ──▶ two tasks ──▶ conmon's socket (packets of one byte for the stream, then bytes)

A client attaches before it starts a container, so that no output is missed. It waits for conmon's socket, and a start (start.py)
waits for it between the moment that the container is initialized and that at which its process runs.
"""

from __future__ import annotations

import asyncio
import contextlib

from api_server.http.connection import ClientGone
from api_server.http.limits import UNSENT_BYTES
from api_server.pipes import wait_readable, wait_writable
from api_server.streams.frames import STDERR, STDOUT, content_type, frame
from api_server.streams.logs import LogWriter
from pycman.containers import states
from pycman.containers.catalogue import get_row, row_of, spec_of
from pycman.containers.process.logs import LogOptions, log_source
from pycman.errors import InvalidInput, NotRunning, Unsupported, WrongState
from pycman.runtime import attach_protocol
from pycman.runtime.attach import connect, control
from pycman.runtime.attach_protocol import DEFAULT_DETACH_KEYS, PACKET_BYTES, DetachFilter, parse_detach_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Awaitable, Callable, Mapping
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection, TakenOver
    from api_server.http.request import Request
    from api_server.streams.websocket import WebSocketClient
    from pycman.spec.container import ContainerSpec

_STDIN_BYTES = 8192
_NUMBERS = {attach_protocol.STDOUT: STDOUT, attach_protocol.STDERR: STDERR}
_HEAD_READ_S = 0.02
"""After the head: python's http.client, which docker-py takes a connection over from, loses what comes in the same packet."""
_GONE_S = 2.0
"""How often it is looked whether a client that sends no more is still there."""


async def attach(server: Context, connection: Connection, request: Request) -> None:
    """Take over the connection and pass bytes until either side ends. Raises NotFound, WrongState, InvalidInput, ClientGone."""

    async def take_over(spec: ContainerSpec) -> TakenOver:
        return await connection.take_over(
            upgraded=wants_upgrade(request), content_type=content_type(request.version, terminal=spec.terminal)
        )

    await _attach(server, request, take_over, framed=True)


async def attach_websocket(server: Context, connection: Connection, request: Request) -> None:
    """Do as `attach` does, with messages and without frames. Raises also HttpError (not a WebSocket), Unsupported."""
    try:
        from api_server.streams.websocket import accept  # only imported for these clients: wsproto
    except ImportError:
        from pycman.linux.distribution import how_to_install_library  # only where it is missing

        raise Unsupported(
            "wsproto is not installed",
            subject="attach/ws",
            hint=f"{how_to_install_library('wsproto', 'api')}, or attach without WebSocket",
        ) from None

    async def take_over(_spec: ContainerSpec) -> WebSocketClient:
        return await accept(connection, request)

    await _attach(server, request, take_over, framed=False)


async def _attach(
    server: Context,
    request: Request,
    take_over: Callable[[ContainerSpec], Awaitable[TakenOver | WebSocketClient]],
    *,
    framed: bool,
) -> None:
    row = get_row(server.session, request.names["name"])
    state = states.state_of(server.session, row)
    if state in (states.REMOVING, states.PAUSED):
        raise WrongState(f"container is {state}", subject=row["name"])
    spec = spec_of(row)
    wanted = {name for name in ("stdout", "stderr") if request.flag(name)}
    keys = parse_detach_keys(request.text("detachKeys") or DEFAULT_DETACH_KEYS) if spec.terminal else b""
    stream = request.flag("stream")
    if not stream and not request.flag("logs"):
        raise InvalidInput("neither stream nor logs is asked for", subject="attach", hint="add stream=1")
    socket = _connected(server, row) if stream and state in states.ALIVE else None
    announced = _Announced(server, row["id"]) if stream and socket is None else None
    try:
        client = await take_over(spec)
        framed = framed and not spec.terminal
        if request.flag("logs"):
            await asyncio.sleep(_HEAD_READ_S)
            await _send_log(server, client, row["id"], LogWriter(wanted, terminal=not framed, timestamps=False))
        if stream:
            if announced is not None:
                socket = await _awaited(server, row, client, announced)
                announced.end()
            stdin = request.flag("stdin") and spec.stdin
            if socket is not None:
                await Attached(client, socket, wanted, keys, terminal=spec.terminal, framed=framed).run(stdin=stdin)
        await client.close()
    finally:
        if announced is not None:
            announced.end()
        if socket is not None:
            socket.close()


def wants_upgrade(request: Request) -> bool:
    """Say whether the client asked for 101 UPGRADED."""
    return "upgrade" in request.headers.get("connection", "").lower() and bool(request.headers.get("upgrade"))


def _connected(server: Context, row: Mapping[str, Any]) -> _socket.socket | None:
    """Return a connection to conmon, None if there is none yet."""
    try:
        socket = connect(server.session, row["id"])
    except NotRunning:
        return None
    socket.setblocking(False)
    return socket


async def _awaited(
    server: Context, row: Mapping[str, Any], client: TakenOver | WebSocketClient, announced: _Announced
) -> _socket.socket:
    """Return a connection to conmon once there is one. Raises ClientGone, NotFound when the container is removed."""
    while True:
        socket = _connected(server, row)
        if socket is not None:
            return socket
        row_of(server.session, row["id"], row["name"])
        if client.has_left() or announced.failed:
            raise ClientGone
        await server.changes.wait(0.1)


class _Announced:
    """Has starts of a container wait until `end` is called, also before the client knows that it has attached."""

    def __init__(self, server: Context, container_id: str) -> None:
        self._all = server.attaching
        self._id = container_id
        self._connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._all.setdefault(container_id, set()).add(self._connected)

    def end(self) -> None:
        """Let them go on; the second time nothing."""
        if not self._connected.done():
            self._connected.set_result(None)
        waiting = self._all.get(self._id, set())
        waiting.discard(self._connected)
        if not waiting:
            self._all.pop(self._id, None)

    @property
    def failed(self) -> bool:
        """Say whether the container could not be started."""
        return self._connected.cancelled()


async def _send_log(server: Context, client: TakenOver | WebSocketClient, container_id: str, writer: LogWriter) -> None:
    source = log_source(server.session, container_id, LogOptions())
    try:
        for line in source.read():
            await client.write(writer.bytes_of(line))
    finally:
        source.close()


class Attached:
    """A client and a container's own streams."""

    def __init__(
        self,
        client: TakenOver | WebSocketClient,
        socket: _socket.socket,
        wanted: set[str],
        keys: bytes,
        *,
        terminal: bool,
        framed: bool,
    ) -> None:
        self._client = client
        self._framed = framed
        self._socket = socket
        self._terminal = terminal
        self._wanted = {number for name, number in (("stdout", STDOUT), ("stderr", STDERR)) if name in wanted}
        self._keys = DetachFilter(keys)

    async def run(self, *, stdin: bool) -> None:
        """Pass bytes until the container closes its side, the client goes, or the detach keys are typed."""
        output = asyncio.ensure_future(self._send_output())
        entered = asyncio.ensure_future(self._take_input(passes=stdin))
        try:
            await asyncio.wait({output, entered}, return_when=asyncio.FIRST_COMPLETED)
            for task in (output, entered):
                if task.done():
                    task.result()
        finally:
            for task in (output, entered):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ClientGone, OSError):
                    await task

    async def _send_output(self) -> None:
        while True:
            data, ended = self._take_packets()
            if data:
                await self._client.write(data)
            elif not ended:
                await wait_readable(self._socket.fileno())
            if ended:
                return

    def _take_packets(self) -> tuple[bytes, bool]:
        """Return what the packets that have come mean to the client, and whether the container has closed its side."""
        parts: list[bytes] = []
        size = 0
        while size < UNSENT_BYTES:
            try:
                packet = self._socket.recv(PACKET_BYTES)
            except BlockingIOError:
                return b"".join(parts), False
            except OSError:
                packet = b""
            if not packet:
                return b"".join(parts), True
            stream = STDOUT if self._terminal else _NUMBERS.get(packet[0], 0)
            size += len(packet)
            if stream in self._wanted:
                parts.append(frame(stream, packet[1:]) if self._framed else packet[1:])
        return b"".join(parts), False

    async def _take_input(self, *, passes: bool) -> None:
        """Pass what the client sends; return when it typed the detach keys, or has gone."""
        while data := await self._client.read():
            if not passes:
                continue
            data, detached = self._keys.feed(data)
            await self._type(data)
            if detached:
                return
        if passes:
            await self._type(self._keys.flush())
            if not self._terminal:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(1)  # conmon closes the container's standard input
        while not self._client.has_left():  # noqa: ASYNC110 - no event says that both halves are closed
            await asyncio.sleep(_GONE_S)

    async def _type(self, data: bytes) -> None:
        while data:
            try:
                data = data[self._socket.send(data[:_STDIN_BYTES]) :]
            except BlockingIOError:
                await wait_writable(self._socket.fileno())
            except OSError:
                return  # the container has ended


async def resize(server: Context, connection: Connection, request: Request) -> None:
    """Set the size of a container's terminal. Raises NotFound, NotRunning, InvalidInput."""
    row = get_row(server.session, request.names["name"])
    if states.state_of(server.session, row) not in states.ALIVE:
        raise NotRunning("container is not running", subject=row["name"])
    rows, columns = size_of(request)
    control(server.session.paths.bundle(row["id"]), attach_protocol.window_line(rows, columns))
    await connection.answer(200, {})


def size_of(request: Request) -> tuple[int, int]:
    """Return rows and columns in a query. Raises InvalidInput."""
    rows, columns = request.number("h"), request.number("w")
    if not (0 <= rows < 1 << 16 and 0 <= columns < 1 << 16):
        raise InvalidInput("not the size of a terminal", subject=f"h={rows} w={columns}")
    return rows, columns
