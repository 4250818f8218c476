"""One watcher of the database for all clients that wait for something to happen."""

from __future__ import annotations

import asyncio

from pycman.system.event_stream import change_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_POLL_S = 0.02


class Changes:
    """Wakes everybody who waits when the database has changed. It looks only while somebody waits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: set[asyncio.Future[None]] = set()
        self._watcher: asyncio.Task[None] | None = None
        self.closed = False
        """The server ends: whoever waits is to end, too."""

    async def wait(self, within_s: float = 0.5) -> None:
        """Wait for the next change, at most `within_s`: what changes without the database (a process that ends) is to be seen."""
        if self.closed:
            raise asyncio.CancelledError
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait({future}, timeout=within_s)
        finally:
            self._waiting.discard(future)

    async def _watch(self) -> None:
        before = change_stamp(self._session)
        while self._waiting:
            await asyncio.sleep(_POLL_S)
            now = change_stamp(self._session)
            if now != before:
                before = now
                self._wake()

    def _wake(self) -> None:
        for future in list(self._waiting):
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Have whoever waits end."""
        self.closed = True
        self._wake()
