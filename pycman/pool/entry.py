"""What a server gives to its pool: what workers do with requests, and with connections."""

from __future__ import annotations

import importlib

from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Any, Protocol

    from pycman.pool.connection import Connection

    Perform = Callable[[str, dict[str, Any]], Any]
    """Does a request, by name and arguments, and returns what `messages.pack` takes as a body."""

    class Admission(Protocol):
        """What one connection says first. It is asked in the pool process: it must neither block nor take long."""

        def receive(self, data: bytes) -> Refusal | Admitted | None:
            """Take the next bytes; None while they are not enough to decide."""

    class Reception(Protocol):
        """What becomes of connections."""

        def tls(self) -> ssl.SSLContext | None:
            """Return the server's side of TLS for the next connection, None for a plain one. Raises OSError."""

        def admission(self) -> Admission:
            """Return what the next connection is asked."""


class Refusal(Record):
    """The connection gets this answer and is closed."""

    answer: bytes


class Admitted(Record):
    """The connection gets a worker of its own, which calls `serve` and ends with it; `busy` is the answer if none can be made."""

    serve: Callable[[Connection], None]
    busy: bytes = b""


class Work(Record):
    """What a pool does. `prepare` is called in each new worker, ahead of its first request."""

    prepare: Callable[[], Perform]
    reception: Reception | None = None


class Entry(Record):
    """The function that returns the `Work`, by name and with JSON arguments: a pool process that is started anew loads it."""

    module: str
    function: str
    arguments: dict[str, Any] = {}

    def load(self) -> Work:
        """Import the module and call the function; what it imports is there for all workers."""
        work: Work = getattr(importlib.import_module(self.module), self.function)(**self.arguments)
        return work
