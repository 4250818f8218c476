"""What a server shares with whoever answers a request: the store, the workers, the watcher of changes, and its reason to stay."""

from __future__ import annotations

import contextlib

from api_server.changes import Changes
from api_server.workers import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from pycman.pool.pool import Pool
    from pycman.state.session import Session


class Context:
    """`count` is called with the number of requests that are being answered, whenever it changes."""

    def __init__(self, session: Session, pool: Pool, count: Callable[[int], None]) -> None:
        self.session = session
        self.workers = Workers(pool)
        self.changes = Changes(session)
        self.attaching: dict[str, set[asyncio.Future[None]]] = {}
        """By id of a container: one for each client that has attached before a start, done once it is connected."""
        self._count = count
        self._requests = 0

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Count a request, or what goes on after one, as a reason to stay."""
        self._requests += 1
        self._count(self._requests)
        try:
            yield
        finally:
            self._requests -= 1
            self._count(self._requests)
