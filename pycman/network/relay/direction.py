"""One direction of a relayed connection: what one socket sends goes to the other, at the pace of the slower one (tcp(7)).

Small pieces are copied; who sends more than a buffer holds is moved through a pipe (pipes.py). Nothing is read while
something waits, so that a slow reader costs one buffer and not more.
"""

from __future__ import annotations

import _socket
import errno

from pycman.contexts import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.linux.socket_pipe import SocketPipe
    from pycman.network.relay.pipes import Pipes

_CHUNK_BYTES = 1 << 16
_NO_SPLICE = (errno.EINVAL, errno.ENOSYS)
_buffer = bytearray(_CHUNK_BYTES)
_view = memoryview(_buffer)


class Direction:
    """From one socket to another."""

    def __init__(self, source: _socket.socket, sink: _socket.socket, pipes: Pipes) -> None:
        self._source = source
        self._sink = sink
        self._pipes = pipes
        self._pipe: SocketPipe | None = None
        self._waiting = b""
        self._sends_much = False
        self.ended = False
        """The source has sent its last byte."""
        self.told = False
        """The sink knows that nothing more will come."""

    @property
    def waits(self) -> bool:
        """Return whether the sink has to take something before more is read."""
        return self._pipe is not None or bool(self._waiting)

    def read(self) -> None:
        """Move what the source has, as far as the sink takes it. Raises OSError."""
        pipe = self._pipes.borrow() if self._sends_much else None
        try:
            if pipe is None:
                self._copy()
            else:
                self._move(pipe)
        except BlockingIOError:
            return
        self._tell_end()

    def write(self) -> None:
        """Give the sink what waits for it. Raises OSError."""
        if self._pipe is not None:
            pipe, self._pipe = self._pipe, None
            self._empty(pipe)
        elif self._waiting:
            with suppress(BlockingIOError):
                self._waiting = self._waiting[self._sink.send(self._waiting) :]
        self._tell_end()

    def close(self) -> None:
        """Let go of what waits."""
        self._waiting = b""
        if self._pipe is not None:
            self._pipes.give_back(self._pipe)
            self._pipe = None

    def _copy(self) -> None:
        count = self._source.recv_into(_buffer)
        self._sends_much = count == _CHUNK_BYTES
        self.ended = not count
        sent = 0
        if count:
            with suppress(BlockingIOError):
                sent = self._sink.send(_view[:count])
        if sent < count:
            self._waiting = bytes(_view[sent:count])

    def _move(self, pipe: SocketPipe) -> None:
        try:
            self.ended = not pipe.fill(self._source.fileno())
        except OSError as error:
            if error.errno not in _NO_SPLICE:
                self._pipes.give_back(pipe)
                raise
            self._pipes.refuse(pipe)
            self._copy()
            return
        self._empty(pipe)

    def _empty(self, pipe: SocketPipe) -> None:
        """Give the sink what is in a pipe, and keep the pipe only if not all went. Raises OSError."""
        try:
            pipe.empty(self._sink.fileno())
        except OSError:
            self._pipes.give_back(pipe)
            raise
        if pipe.held:
            self._pipe = pipe
        else:
            self._pipes.give_back(pipe)

    def _tell_end(self) -> None:
        if self.ended and not self.told and not self.waits:
            self.told = True
            with suppress(OSError):
                self._sink.shutdown(_socket.SHUT_WR)
