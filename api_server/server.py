"""The life of the server: one event loop that accepts clients, until it is told to end or nobody has needed it for a while."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal

from api_server.context import Context
from api_server.dispatch import Dispatcher
from api_server.http import limits
from api_server.http.connection import Connection
from api_server.http.tls import TlsStream
from api_server.listener import BACKLOG
from api_server.routes import API_VERSION, LIBPOD_VERSION
from pycman.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from pycman.pool.pool import Pool
    from pycman.state.session import Session

_DESCRIPTORS_KEPT = 64
"""Descriptors that are not for connections: the pool's, the store's, pipes."""
_END_S = 2.0
"""How long answers may take to end once the server is told to; what workers have begun they finish in any case."""


class Server:
    """Serves `listener`. `idle_s` is how long it stays without a request; 0 is for ever. With `tls` clients must speak it."""

    def __init__(self, session: Session, pool: Pool, idle_s: float, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._context = Context(session, pool, self._count)
        self._idle_s = idle_s
        self._dispatcher = Dispatcher(self._context)
        self._connections: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._quiet = asyncio.Event()
        """No request is being answered."""
        self._quiet.set()
        self._common = {
            "Server": f"pycman/{__version__} (linux)",
            "Api-Version": API_VERSION,
            "Libpod-Api-Version": LIBPOD_VERSION,
            "Docker-Experimental": "false",
            "Ostype": "linux",
        }

    async def run(self, listener: socket.socket, ready: Callable[[], None], retire: Callable[[], None]) -> None:
        """Serve until SIGTERM, SIGINT, or the end of the idle time.

        `ready` is called once clients are accepted and signals are waited for, `retire` before no client is accepted any more.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        most = _raise_descriptor_limit()
        accepting = await asyncio.start_server(
            lambda reader, writer: self._serve(reader, writer, most),
            sock=listener,
            limit=limits.READ_BYTES,
            backlog=BACKLOG,
        )
        self._count(0)
        ready()
        async with accepting:
            await self._ended.wait()
            retire()
            accepting.close()
            await self._end_connections()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
        if len(self._connections) >= most:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        with contextlib.suppress(asyncio.CancelledError):
            if self._tls is None:
                await Connection(reader, writer, self._common).serve(self._dispatcher.handle)
                return
            stream = TlsStream(reader, writer, self._tls)
            try:
                async with asyncio.timeout(limits.HEAD_S):
                    await stream.handshake()
            except (OSError, TimeoutError):  # also ssl.SSLError
                writer.close()
                return
            await Connection(stream, stream, self._common).serve(self._dispatcher.handle)

    async def _end_connections(self) -> None:
        """Give requests some time, then end them: streams would never end by themselves."""
        self._context.changes.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), _END_S)
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _count(self, requests: int) -> None:
        """Stay while there are requests, and for the idle time after the last one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if requests:
            self._quiet.clear()
            return
        self._quiet.set()
        if self._idle_s:
            self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._ended.set)


def _raise_descriptor_limit() -> int:
    """Raise the soft limit of open descriptors to the hard one; return how many connections may be open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.CONNECTIONS + _DESCRIPTORS_KEPT
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return max(8, allowed - _DESCRIPTORS_KEPT)


def serve(
    session: Session,
    pool: Pool,
    listener: socket.socket,
    idle_s: float,
    ready: Callable[[], None],
    path: str = "",
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve `listener` until told to end, or idle. The calling process must have forked its pool already.

    `path` is the socket's file if it is the server's own: it goes first, so that the next server can make one while this one ends.
    """
    made = _identity(path)

    def retire() -> None:
        if made and _identity(path) == made:  # not one that another server has made there since
            with contextlib.suppress(OSError):
                os.unlink(path)

    async def run() -> None:
        await Server(session, pool, idle_s, tls).run(listener, ready, retire)

    try:
        asyncio.run(run())
    finally:
        retire()


def _identity(path: str) -> tuple[int, ...]:
    """Return device and inode of a file, nothing if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return found.st_dev, found.st_ino
