"""The pipes of a relay (pycman/linux/socket_pipe.py): each is borrowed for one move and given back empty.

Where the receiver is slow, the rest waits in it. There are few, as the kernel limits the pages of all pipes of a user
(pipe-user-pages-soft, 64 MB): who gets none copies.
"""

from __future__ import annotations

from pycman.linux.socket_pipe import CAN_SPLICE, SocketPipe

_MOST_PIPES = 16


class Pipes:
    """The pipes that nobody uses now, and how many there are in all."""

    def __init__(self) -> None:
        self._idle: list[SocketPipe] = []
        self._left = _MOST_PIPES if CAN_SPLICE else 0

    def borrow(self) -> SocketPipe | None:
        """Return an empty pipe; None if all are used."""
        if self._idle:
            return self._idle.pop()
        if not self._left:
            return None
        try:
            pipe = SocketPipe()
        except OSError:
            return None
        self._left -= 1
        return pipe

    def give_back(self, pipe: SocketPipe) -> None:
        """Take a pipe back; what is still in it goes to nobody."""
        if pipe.held:
            pipe.close()
            self._left += 1
        else:
            self._idle.append(pipe)

    def refuse(self, pipe: SocketPipe) -> None:
        """Lend none any more: the kernel does not splice these sockets."""
        for each in (pipe, *self._idle):
            each.close()
        self._idle = []
        self._left = 0
