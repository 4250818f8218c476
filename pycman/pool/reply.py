"""One caller of a pool, while it waits for the reply, and how it gives up (time limit, cancelled).

`Reply` waits in a thread of its own; `read_reply` is for a caller whose event loop says when there is something to read.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time

from pycman.errors import Cancelled, Corrupt, TimedOut, Unavailable, decode_error
from pycman.pool.messages import close_all, receive_message

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_CANCEL_POLL_S = 0.2
"""How often `is_cancelled` is called while waiting."""


class Reply:
    """Waits first for the pid of the worker that takes the request, then for its result."""

    def __init__(
        self, channel: socket.socket, name: str, timeout_s: float, deadline: float, is_cancelled: Callable[[], bool]
    ) -> None:
        self._channel = channel
        self._name = name
        self._timeout_s = timeout_s
        self._deadline = deadline
        self._is_cancelled = is_cancelled
        self._worker = 0
        self.was_begun = False
        """Whether a worker, or the pool process if it could fork none, has answered."""

    def wait(self) -> Any:
        """Return the body of the reply. Raises what `Pool.call` does."""
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        while True:
            left = self._deadline - time.monotonic()
            if left <= 0 or self._is_cancelled():
                self._give_up(late=left <= 0)
            if not poller.poll(min(left, _CANCEL_POLL_S) * 1000):
                continue
            message = self._next()
            if message is None:
                raise Unavailable("the worker process was killed", subject=self._name, hint="try again")
            if "error" in message:
                raise decode_error(message["error"])
            if "body" in message:
                return message["body"]

    def _next(self) -> dict[str, Any] | None:
        """Return the next message, None at the end; record the worker's pid."""
        try:
            message, descriptors = receive_message(self._channel)
        except (OSError, Corrupt):
            return None
        close_all(descriptors)
        if message is not None:
            self.was_begun = True
            self._worker = message.get("worker", self._worker)
        return message

    def _give_up(self, *, late: bool) -> None:
        """Kill the worker with all its children, and raise TimedOut or Cancelled.

        After the shutdown no worker can take the request any more; one that took it before has already sent its pid.
        """
        self._channel.shutdown(socket.SHUT_RD)
        while self._next() is not None:
            pass
        if self._worker and not self._has_hung_up():
            with contextlib.suppress(OSError):
                os.killpg(self._worker, signal.SIGKILL)
        if late:
            raise TimedOut(f"it took longer than {self._timeout_s:g} s", subject=self._name)
        raise Cancelled("the caller gave up", subject=self._name)

    def _has_hung_up(self) -> bool:
        """Return whether the worker has ended already, so that its pid may have been reused."""
        poller = select.poll()
        poller.register(self._channel, 0)
        return bool(poller.poll(0))


def read_reply(channel: socket.socket, name: str) -> dict[str, Any] | None:
    """Return the next message of a reply to `Pool.begin`: first {"worker": PID}, then {"body": …}; None while there is none.

    Raises what performing raised, and Unavailable if the worker or the pool process was killed.
    """
    try:
        message, descriptors = receive_message(channel)
    except BlockingIOError:
        return None
    except (OSError, Corrupt):
        message, descriptors = None, []
    close_all(descriptors)
    if message is None:
        raise Unavailable("the worker process was killed", subject=name, hint="try again")
    if "error" in message:
        raise decode_error(message["error"])
    return message
