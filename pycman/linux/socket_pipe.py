"""A pipe through which the kernel moves bytes from one socket to another without a copy in this process (splice(2), pipe(7))."""

from __future__ import annotations

import fcntl
import os

from pycman.contexts import suppress

_PIPE_BYTES = 1 << 20
"""What an ordinary user may have at most, unless the host allows more (pipe-max-size)."""
_F_SETPIPE_SZ = 1031
CAN_SPLICE = hasattr(os, "splice")
"""Whether this Python has the call."""


class SocketPipe:
    """A pipe and how many bytes are in it."""

    def __init__(self) -> None:
        """Raises OSError."""
        self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.held = 0
        with suppress(OSError):  # the user has more pipes than the kernel lets be large
            fcntl.fcntl(self._write, _F_SETPIPE_SZ, _PIPE_BYTES)

    def fill(self, descriptor: int) -> bool:
        """Take what a socket has; False if that is its end. Raises OSError, BlockingIOError if it has nothing now."""
        taken = os.splice(descriptor, self._write, _PIPE_BYTES, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)
        self.held += taken
        return taken > 0

    def empty(self, descriptor: int) -> None:
        """Give a socket as much as it takes now. Raises OSError."""
        with suppress(BlockingIOError):
            flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
            while self.held:
                self.held -= os.splice(self._read, descriptor, self.held, flags=flags)

    def close(self) -> None:
        """Close both ends."""
        os.close(self._read)
        os.close(self._write)
