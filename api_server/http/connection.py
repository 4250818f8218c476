"""One client's connection: requests are read, answered one after the other, or the connection is taken over by a stream (h11)."""

from __future__ import annotations

import asyncio
import contextlib
import select

import h11

from api_server.errors import HttpError, error_body
from api_server.http import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from typing import TypeVar

    from api_server.http.tls import TlsStream

    Result = TypeVar("Result")
    Headers = Mapping[str, str]

_LATE_BYTES = 1 << 20
"""So much of a body that nobody has read is still taken, so that the client reads its answer; else the connection is closed."""


_REASONS = {
    200: b"OK", 201: b"Created", 204: b"No Content", 304: b"Not Modified", 400: b"Bad Request", 401: b"Unauthorized",
    403: b"Forbidden", 404: b"Not Found", 405: b"Method Not Allowed", 409: b"Conflict", 413: b"Content Too Large",
    431: b"Request Header Fields Too Large", 500: b"Internal Server Error", 501: b"Not Implemented", 503: b"Service Unavailable",
}  # fmt: skip
"""Clients show them: a HEAD that failed has no other words."""


class ClientGone(Exception):
    """The client has closed the connection, or was too slow."""


class Connection:
    """The server's end of a connection. `serve` answers requests with `handle` until either side ends it."""

    def __init__(
        self, reader: asyncio.StreamReader | TlsStream, writer: asyncio.StreamWriter | TlsStream, common: Headers
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._common = common
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.HEAD_BYTES)
        self._taken = False
        self._begun = False
        """An answer to the present request has begun."""
        self._bodiless = False
        """The present request is a HEAD: its answer has no body."""
        writer.transport.set_write_buffer_limits(high=limits.UNSENT_BYTES)

    async def serve(self, handle: Callable[[Connection, h11.Request], Awaitable[None]]) -> None:
        """Serve requests until the client goes, breaks the protocol, or its connection was taken over and has ended."""
        try:
            first = True
            while (request := await self._next_request(first=first)) is not None:
                first = False
                self._begun = False
                self._bodiless = request.method == b"HEAD"
                await handle(self, request)
                if self._taken or not await self._finish_request():
                    return
        except (ClientGone, ConnectionError, TimeoutError):
            return
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                self._writer.close()

    async def _next_request(self, *, first: bool) -> h11.Request | None:
        """Return the next request, None when the client ends the connection. Raises ClientGone."""
        clock = asyncio.get_running_loop().time
        until = clock() + (limits.HEAD_S if first else limits.KEPT_S)
        begun = first
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                status = error.error_status_hint or 400
                with contextlib.suppress(h11.LocalProtocolError):
                    await self.answer(
                        status, {"Content-Type": "application/json"}, error_body(f"not HTTP/1.1: {error}")
                    )
                raise ClientGone from error
            if isinstance(event, h11.Request):
                return event
            if event is h11.NEED_DATA:
                data = await self._receive(max(0, until - clock()))
                if data and not begun:  # however slowly the rest of it comes
                    begun, until = True, clock() + limits.HEAD_S
                self._h11.receive_data(data)
                continue
            return None

    async def _receive(self, within_s: float) -> bytes:
        async with asyncio.timeout(within_s):
            return await self._reader.read(limits.READ_BYTES)

    async def _finish_request(self) -> bool:
        """Read what nobody has read of the body; return whether the connection can have another request."""
        left = _LATE_BYTES
        if self._h11.their_state is h11.SEND_BODY:
            with contextlib.suppress(HttpError):
                async for piece in self.chunks():
                    left -= len(piece)
                    if left < 0:
                        return False
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._h11.start_next_cycle()
        return True

    # -- the request -------------------------------------------------------------------------------------------------

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body of the request as it comes. Raises ClientGone, HttpError for one that is no HTTP."""
        if self._h11.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        while True:
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                raise HttpError(400, f"the body is not HTTP/1.1: {error}") from error
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif event is h11.NEED_DATA:
                data = await self._receive(limits.BODY_STALL_S)
                self._h11.receive_data(data)
            else:
                return

    async def body(self) -> bytes:
        """Return the whole body. Raises HttpError for one that is too long."""
        parts, size = [], 0
        async for piece in self.chunks():
            size += len(piece)
            if size > limits.BODY_BYTES:
                raise HttpError(413, f"the body is longer than {limits.BODY_BYTES} bytes")
            parts.append(piece)
        return b"".join(parts)

    async def unless_gone(self, work: Awaitable[Result]) -> Result:
        """Do `work` and return its result; it is cancelled when the client goes meanwhile. The body must have been read.

        Raises ClientGone.
        """
        task = asyncio.ensure_future(work)
        watch = asyncio.ensure_future(self._reader.read(limits.READ_BYTES))
        try:
            await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
            if watch.done():
                try:
                    data = watch.result()
                except (ConnectionError, TimeoutError) as error:
                    raise ClientGone from error
                if not data and not task.done():
                    raise ClientGone
                self._h11.receive_data(data)  # the next request, early: it waits for its turn
            return await task
        finally:
            for each in (task, watch):
                each.cancel()  # of one that is done already the exception is looked at, or asyncio prints it
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await each

    # -- the answer --------------------------------------------------------------------------------------------------

    @property
    def has_begun(self) -> bool:
        """Say whether an answer has begun, so that no other status can be sent."""
        return self._begun

    async def answer(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """Send a whole answer."""
        sized = dict(headers)
        if status not in (204, 304):
            sized["Content-Length"] = str(len(body))
        await self.begin(status, sized)
        if body and status not in (204, 304) and not self._bodiless:
            await self._send(h11.Data(data=body))
        await self.finish()

    async def begin(self, status: int, headers: Headers) -> None:
        """Send the head of an answer; without Content-Length the body is chunked."""
        self._begun = True
        fields = [(name, value) for name, value in {**self._common, **headers}.items()]
        await self._send(h11.Response(status_code=status, headers=fields, reason=_REASONS.get(status, b"")))

    async def write(self, data: bytes) -> None:
        """Send bytes of the body; waits while a slow client has not read enough of what was sent before."""
        if data:
            await self._send(h11.Data(data=data))

    async def finish(self) -> None:
        """End the answer."""
        await self._send(h11.EndOfMessage())

    def abort(self) -> None:
        """Cut the connection: the client is to see that the answer is not whole."""
        self._taken = True
        self._writer.transport.abort()

    async def _send(self, event: h11.Event) -> None:
        data = self._h11.send(event)
        if data:
            self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise ClientGone from error

    # -- taking over -------------------------------------------------------------------------------------------------

    async def take_over(
        self, *, upgraded: bool, content_type: str, protocol: str = "tcp", more: Headers | None = None
    ) -> TakenOver:
        """Answer with 101 (the client asked for an upgrade) or 200, after which bytes pass as they are. The body has been read.

        `protocol` is what the connection is upgraded to, `more` are headers of it.
        """
        self._begun = self._taken = True
        early = self._h11.trailing_data[0]
        lines = (
            ["HTTP/1.1 101 UPGRADED", "Connection: Upgrade", f"Upgrade: {protocol}"]
            if upgraded
            else ["HTTP/1.1 200 OK"]
        )
        typed = {"Content-Type": content_type} if content_type else {}
        lines += [f"{name}: {value}" for name, value in {**typed, **self._common, **(more or {})}.items()]
        self._writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        await self._writer.drain()
        return TakenOver(self._reader, self._writer, early)


class TakenOver:
    """A connection after its answer's head: bytes both ways."""

    def __init__(
        self, reader: asyncio.StreamReader | TlsStream, writer: asyncio.StreamWriter | TlsStream, early: bytes
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._early = early
        """Bytes that the client sent before it had our answer."""

    async def read(self) -> bytes:
        """Return the next bytes of the client, none once it has closed its half."""
        if self._early:
            data, self._early = self._early, b""
            return data
        try:
            return await self._reader.read(limits.READ_BYTES)
        except ConnectionError:
            return b""

    def has_left(self) -> bool:
        """Say whether the client has closed the connection, and not only its own half of it."""
        socket = self._writer.get_extra_info("socket")
        if socket is None or socket.fileno() < 0:
            return True
        poller = select.poll()
        poller.register(socket.fileno(), 0)
        return bool(poller.poll(0))

    async def write(self, data: bytes) -> None:
        """Send bytes; waits for a slow client. Raises ClientGone."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (ConnectionError, RuntimeError) as error:
            raise ClientGone from error

    async def close(self) -> None:
        """End the connection after all bytes were sent."""
        with contextlib.suppress(OSError, RuntimeError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            await self._writer.drain()
            self._writer.close()
