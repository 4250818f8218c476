"""A client's connection for a poll loop: bytes in, bytes out, never blocking, with or without TLS."""

from __future__ import annotations

import contextlib
import select
import socket
import time

from pycman.errors import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

_READ_BYTES = 64 << 10
_FLUSH_S = 10.0
LINGER_S = 2.0
"""How long a client that has received its answer may take to close the connection."""
HIGH_WATER_BYTES = 1 << 20
"""With more unsent bytes, the caller reads no more from the source of these bytes."""


class Connection:
    """A connected socket; with `tls` this is the server's side of TLS, including the handshake."""

    def __init__(self, connection: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._unsent = bytearray()
        self._tls = _Tls(tls) if tls is not None else None

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._socket.fileno()

    @property
    def wanted(self) -> int:
        """The events to poll for, besides POLLIN."""
        return select.POLLOUT if self._unsent else 0

    @property
    def is_full(self) -> bool:
        """Return whether so much is unsent that the caller should send nothing more for now."""
        return len(self._unsent) > HIGH_WATER_BYTES

    def receive(self) -> bytes:
        """Return the bytes received, possibly none. Raises Cancelled when the client has disconnected."""
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise Cancelled("the client has gone", subject="connection") from error
        if not data:
            raise Cancelled("the client has gone", subject="connection")
        if self._tls is None:
            return data
        data = self._tls.receive(data)
        self.send(b"")
        return data

    def send(self, data: bytes) -> None:
        """Send without blocking; the rest is kept for the next call. Raises Cancelled when the client has disconnected."""
        self._unsent += data if self._tls is None else self._tls.send(data)
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(memoryview(self._unsent)[: 4 * _READ_BYTES].tobytes())]
        except BlockingIOError:
            return
        except OSError as error:
            raise Cancelled("the client has gone", subject="connection") from error

    def end(self) -> bool:
        """Shut down the sending half once all bytes are sent; return whether that has been done. The client can still read."""
        if self._unsent:
            return False
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        return True

    def close(self) -> None:
        """Send all unsent bytes and wait until the client has read them: a reset would discard them (RFC 9112, 9.6)."""
        deadline = time.monotonic() + _FLUSH_S
        with contextlib.suppress(Cancelled, OSError):
            while self._unsent and self._wait(select.POLLOUT, deadline):
                self.send(b"")
            self.end()
            deadline = time.monotonic() + LINGER_S
            while self._wait(select.POLLIN, deadline):
                self.receive()
        self.discard()

    def discard(self) -> None:
        """Close this process's descriptor at once; another process may continue with the connection."""
        self._socket.close()

    def _wait(self, events: int, deadline: float) -> bool:
        poller = select.poll()
        poller.register(self._socket, events | self.wanted)
        left = deadline - time.monotonic()
        if left <= 0 or not poller.poll(left * 1000):
            return False
        if self._unsent:
            self.send(b"")
        return True


class _Tls:
    """The server's side of TLS in memory."""

    def __init__(self, context: ssl.SSLContext) -> None:
        import ssl  # 5 MiB, only imported with TLS

        self._want_read = ssl.SSLWantReadError
        self._failure = ssl.SSLError
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._in, self._out, server_side=True)
        self._waiting = b""
        self._is_established = False

    def receive(self, data: bytes) -> bytes:
        self._in.write(data)
        plain = b""
        try:
            if not self._is_established:
                self._ssl.do_handshake()
                self._is_established = True
            while piece := self._ssl.read(_READ_BYTES):
                plain += piece
        except self._want_read:
            pass
        except self._failure as error:
            raise Cancelled(f"TLS failed: {error.reason}", subject="connection") from error
        return plain

    def send(self, data: bytes) -> bytes:
        self._waiting += data
        if self._is_established and self._waiting:
            self._ssl.write(self._waiting)
            self._waiting = b""
        return self._out.read()
