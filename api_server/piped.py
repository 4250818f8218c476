"""Answers that a worker writes into a pipe as they come, and bodies that it reads from one.

    client ── body ──▶ source ──▶ worker              worker ── line of JSON {"status", "headers"} ─ bytes ──▶ output ──▶ client

A worker that fails before it has written anything is answered with a status. After that the stream itself says what happened
(verbs/piped_output.py), or for archives the connection is cut, as nothing else tells a client that a tar is not whole.
"""

from __future__ import annotations

import asyncio
import contextlib

from api_server.errors import message_of
from api_server.pipes import Pipe, read_some, write_all
from pycman.errors import PycmanError
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_server.http.connection import Connection
    from api_server.http.request import Request
    from api_server.routes import Route
    from api_server.workers import Workers

_HEAD_BYTES = 64 << 10


async def answer_piped(workers: Workers, connection: Connection, route: Route, request: Request) -> None:
    """Answer a request whose worker writes the body. Raises what the worker does before it has begun, and ClientGone."""
    output = Pipe(reads=True)
    source = Pipe(reads=False) if route.work == "input" else None
    feeding = None
    try:
        descriptors = [output.theirs, *([source.theirs] if source is not None else [])]
        work = asyncio.ensure_future(
            workers.perform(route.handler, {"request": request.to_dict()}, descriptors, killed_if_left=True)
        )
        await asyncio.sleep(0)  # the request is sent: the worker has copies of the descriptors
        output.release()
        if source is not None:
            source.release()
            feeding = asyncio.ensure_future(_feed(connection, source))
        try:
            await _copy(connection, output, work, feeding)
        finally:
            if not work.done():
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError, PycmanError):
                    await work
    finally:
        if feeding is not None and not feeding.done():
            feeding.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await feeding
        output.close()
        if source is not None:
            source.close()


async def _feed(connection: Connection, source: Pipe) -> None:
    """Pass the body of the request to the worker, until it reads no more."""
    try:
        async for piece in connection.chunks():
            if source.ours >= 0:
                try:
                    await write_all(source.ours, piece)
                except BrokenPipeError:
                    return
    finally:
        source.close()


async def _copy(
    connection: Connection, output: Pipe, work: asyncio.Task[Any], feeding: asyncio.Task[None] | None
) -> None:
    """Pass what the worker writes to the client; then say how its work ended."""
    first = await _first_line(connection, output, feeding)
    if not first:
        await work  # it failed, or had nothing to say
        await connection.answer(200, {})
        return
    line, _, rest = first.partition(b"\n")
    head = parse_json(line.decode(), subject="a worker's answer")
    await connection.begin(head["status"], head["headers"])
    await connection.write(rest)
    if feeding is None or feeding.done():
        await connection.unless_gone(_pump(connection, output))
    else:
        await _pump(connection, output)
    try:
        await work
    except PycmanError as error:
        if not head["headers"].get("Content-Type", "").startswith("application/json"):
            connection.abort()
            return
        message = message_of(error)
        text = format_json({"errorDetail": {"message": message}, "error": message})
        await connection.write(text.encode() + b"\r\n")
    await connection.finish()


async def _first_line(connection: Connection, output: Pipe, feeding: asyncio.Task[None] | None) -> bytes:
    """Return what the worker wrote first, with its whole head; nothing if it ended without. Raises ClientGone."""
    first = b""
    reading = _until_line(output)
    if feeding is None:
        first = await connection.unless_gone(reading)
    else:
        task = asyncio.ensure_future(reading)
        await asyncio.wait({task, feeding}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            first = task.result()
        else:
            try:
                feeding.result()  # raises for a body that broke off
            except BaseException:
                task.cancel()
                raise
            first = await connection.unless_gone(task)
    return first


async def _until_line(output: Pipe) -> bytes:
    data = b""
    while b"\n" not in data and len(data) < _HEAD_BYTES:
        piece = await read_some(output.ours)
        if not piece:
            return b""
        data += piece
    return data


async def _pump(connection: Connection, output: Pipe) -> None:
    while data := await read_some(output.ours):
        await connection.write(data)
