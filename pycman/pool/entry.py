"""The interface between a server and its pool: what workers do with requests, and which connections they serve."""

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
    """Performs a request, by name and arguments, and returns a value that `messages.pack` accepts as a body.

    Descriptors that the caller sent are the argument `descriptors`; the worker closes them afterwards.
    """

    class Admission(Protocol):
        """Decides on one connection by its first bytes. It runs in the pool process, so it must neither block nor take long."""

        def receive(self, data: bytes) -> Refusal | Admitted | None:
            """Parse the next bytes; return None while they are not enough to decide."""

    class Reception(Protocol):
        """Decides which connections are served."""

        def tls(self) -> ssl.SSLContext | None:
            """Return the server's side of TLS for the next connection, None for a plain one. Raises OSError."""

        def admission(self) -> Admission:
            """Return the admission of the next connection."""


class Refusal(Record):
    """The connection receives this answer and is closed."""

    answer: bytes


class Admitted(Record):
    """The connection gets a worker of its own, which calls `serve` and then exits; `busy` is the answer if none can be forked."""

    serve: Callable[[Connection], None]
    busy: bytes = b""


class Work(Record):
    """The work of a pool. `prepare` is called in each new worker, before its first request."""

    prepare: Callable[[], Perform]
    reception: Reception | None = None


class Entry(Record):
    """The function that returns the `Work`, by name and with JSON arguments, so that a restarted pool process can load it."""

    module: str
    function: str
    arguments: dict[str, Any] = {}

    def load(self) -> Work:
        """Import the module and call the function; all workers share the modules it imports."""
        work: Work = getattr(importlib.import_module(self.module), self.function)(**self.arguments)
        return work
