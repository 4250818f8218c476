"""POST /exec/ID/start and /resize: a worker runs the process, the event loop frames what it writes.

    client ◀── TakenOver ──▶ event loop ──▶ pipe ──▶ stdin
                                        ◀── pipe ◀── stdout, stderr           worker: verbs/execs.py
                                        ──▶ pipe ──▶ sizes of the terminal, and the signal that announces each

A client that goes leaves the process running, as with docker: its output is read on and dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from api_server.errors import message_of
from api_server.exec_records import ExecRecords
from api_server.pipes import Pipe, read_some, write_all
from api_server.streams.attach import size_of, wants_upgrade
from api_server.streams.frames import STDERR, STDOUT, content_type, frame
from api_server.translate.fields import Fields
from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.errors import InvalidInput, PycmanError, WrongState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.context import Context
    from api_server.http.connection import Connection, TakenOver
    from api_server.http.request import Request

_running: dict[str, RunningExec] = {}
"""Those whose streams this server has, for resize."""


async def start(server: Context, connection: Connection, request: Request) -> None:
    """Run the process of an exec instance. Raises NotFound, NotRunning, WrongState (it was started)."""
    records = ExecRecords(server.session)
    record = records.get(request.names["id"])
    body = Fields(request.json)
    raw = body.switch("Tty")  # the start says how bytes are sent, whatever the process has
    await run_exec(server, connection, request, record, raw=raw, size=_console_size(body.raw("ConsoleSize")))


async def run_exec(
    server: Context,
    connection: Connection,
    request: Request,
    record: dict[str, Any],
    *,
    raw: bool,
    size: tuple[int, int],
) -> None:
    """Run the process of an instance; `raw`: without frames. Raises as `start` does."""
    records = ExecRecords(server.session)
    detach = Fields(request.json).switch("Detach")
    row = row_of(server.session, record["container_id"], record["container_name"])
    states.require_running(server.session, row, "used")
    records.claim(record["id"])
    if detach:
        await _start_detached(server, records, record["id"])
        await connection.answer(200, {})
        return
    running = RunningExec(record, size, raw=raw)
    _running[record["id"]] = running
    try:
        work = asyncio.ensure_future(running.run(server))
        client = await connection.take_over(
            upgraded=wants_upgrade(request), content_type=content_type(request.version, terminal=raw)
        )
        await running.serve(client)
        try:
            await work
        except PycmanError as error:  # docker's way, too: its words are in the stream, its status is in the inspection
            text = f"{message_of(error)}\r\n".encode()
            await client.write(text if raw else frame(STDERR, text))
        await client.close()
    finally:
        running.abandon(server)


async def _start_detached(server: Context, records: ExecRecords, exec_id: str) -> None:
    """Have a worker run a process without streams; return once it runs. Raises why it could not begin."""
    work = asyncio.ensure_future(server.workers.perform("execs.run_detached", {"exec_id": exec_id}))
    while not work.done() and records.get(exec_id)["state"] == "claimed":
        await asyncio.wait({work}, timeout=0.01)
    if work.done():
        work.result()
    else:
        _background.add(work)
        work.add_done_callback(_end_background)


def _end_background(work: asyncio.Task[Any]) -> None:
    _background.discard(work)
    if not work.cancelled():
        work.exception()  # it is in the record of the exec


def _console_size(value: object) -> tuple[int, int]:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(each, int) and 0 <= each < 1 << 16 for each in value)
    ):
        return value[0], value[1]
    if value not in (None, []):
        raise InvalidInput("not [ROWS, COLUMNS]", subject="ConsoleSize")
    return 0, 0


async def resize(_server: Context, connection: Connection, request: Request) -> None:
    """Set the size of the terminal of a running exec. Raises WrongState, InvalidInput."""
    set_size(request)
    await connection.answer(200, {})


def set_size(request: Request) -> None:
    """Set the size of the terminal of the running exec that a request names. Raises WrongState, InvalidInput."""
    running = _running.get(request.names["id"])
    if running is None:
        raise WrongState("exec is not running", subject=request.names["id"])
    running.resize(*size_of(request))


class RunningExec:
    """The event loop's ends of the pipes of one process."""

    def __init__(self, record: dict[str, Any], size: tuple[int, int], *, raw: bool) -> None:
        """`raw`: the client wants the bytes without frames."""
        self._raw = raw
        self._id = record["id"]
        self._terminal = bool(record["terminal"])
        self._stdin = Pipe(reads=False)
        self._outputs = (
            {STDOUT: Pipe(reads=True)} if self._terminal else {STDOUT: Pipe(reads=True), STDERR: Pipe(reads=True)}
        )
        self._sizes = Pipe(reads=False)
        self._signals = Pipe(reads=False)
        self._pipes = [self._stdin, *self._outputs.values(), self._sizes, self._signals]
        if not record["stdin"]:
            os.close(self._stdin.ours)
            self._stdin.ours = -1
        if all(size):
            self.resize(*size)

    async def run(self, server: Context) -> None:
        """Have a worker run the process to its end. Raises what that raises."""
        descriptors = [pipe.theirs for pipe in self._pipes]
        work = asyncio.ensure_future(server.workers.perform("execs.run", {"exec_id": self._id}, descriptors))
        await asyncio.sleep(0)  # sent: the worker has copies
        for pipe in self._pipes:
            pipe.release()
        await work

    def resize(self, rows: int, columns: int) -> None:
        """Tell the worker the size of the terminal, and then that there is a new one."""
        with contextlib.suppress(OSError):
            os.write(self._sizes.ours, rows.to_bytes(4, "big") + columns.to_bytes(4, "big"))
            os.write(self._signals.ours, bytes((signal.SIGWINCH,)))

    async def serve(self, client: TakenOver) -> None:
        """Pass bytes until the process has closed its outputs. Raises ClientGone."""
        taking = asyncio.ensure_future(self._take_input(client))
        try:
            await asyncio.gather(*(self._send(client, stream, pipe) for stream, pipe in self._outputs.items()))
        finally:
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await taking

    async def _send(self, client: TakenOver, stream: int, pipe: Pipe) -> None:
        while data := await read_some(pipe.ours):
            await client.write(data if self._raw else frame(stream, data))

    async def _take_input(self, client: TakenOver) -> None:
        while data := await client.read():
            if self._stdin.ours >= 0:
                try:
                    await write_all(self._stdin.ours, data)
                except BrokenPipeError:
                    return
        if not self._terminal and self._stdin.ours >= 0:
            os.close(self._stdin.ours)
            self._stdin.ours = -1

    def abandon(self, server: Context) -> None:
        """Close the pipes once the process has closed its own: until then its output is read and dropped."""
        _running.pop(self._id, None)
        draining = asyncio.ensure_future(self._drain(server))
        _background.add(draining)
        draining.add_done_callback(_background.discard)

    async def _drain(self, server: Context) -> None:
        with server.busy():
            try:
                for pipe in self._outputs.values():
                    while await read_some(pipe.ours):
                        pass
            finally:
                for pipe in self._pipes:
                    pipe.close()


_background: set[asyncio.Task[Any]] = set()
"""Kept, as the event loop itself keeps no task alive."""
