"""The sizes of containers' writable layers: measured by a thread that walks them, cached, and never waited for longer than a
moment.
"""

from __future__ import annotations

import threading
import time

from pycman.record import Record
from pycman.storage.usage import TreeUse, tree_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT_S = 8.0
"""How long a size is cached: less than the ten seconds between two calls of the kubelet."""
_SHARE = 50
"""A size is cached for at least this many times as long as its walk took: so walks use at most a fiftieth of a CPU."""
_WAIT_S = 0.2
_FORGOTTEN_S = 600.0


class LayerUse(Record):
    """The size of a layer, and when it was measured (ns since 1970)."""

    use: TreeUse
    measured_at_ns: int


class Layers:
    """Sizes of directories by path. At most one thread walks them, and ends when no directory is due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, LayerUse] = {}
        self._due_at: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._waiting: dict[str, None] = {}
        self._walker: threading.Thread | None = None
        self._caught_up = threading.Event()

    def uses(self, paths: Iterable[str]) -> dict[str, LayerUse]:
        """Return the known sizes, by path. Directories that are due are walked; one whose walk takes longer than a moment is
        returned by a later call.
        """
        wanted = list(paths)
        now = time.monotonic()
        with self._lock:
            for path in wanted:
                self._asked_at[path] = now
                if self._due_at.get(path, 0.0) <= now:
                    self._waiting[path] = None
            caught_up = self._caught_up
            if self._waiting and self._walker is None:
                caught_up = self._caught_up = threading.Event()
                self._walker = threading.Thread(target=self._walk, name="layers", daemon=True)
                self._walker.start()
            busy = self._walker is not None
        if busy:
            caught_up.wait(_WAIT_S)
        return {path: self._known[path] for path in wanted if path in self._known}

    def _walk(self) -> None:
        while True:
            with self._lock:
                path = next(iter(self._waiting), "")
                if not path:
                    self._forget()
                    self._walker = None
                    self._caught_up.set()
                    return
                del self._waiting[path]
            began = time.monotonic()
            use = tree_use(path)
            took = time.monotonic() - began
            found = LayerUse(use=use, measured_at_ns=time.time_ns())
            with self._lock:
                self._known[path] = found
                self._due_at[path] = time.monotonic() + max(_KEPT_S, took * _SHARE)

    def _forget(self) -> None:
        """Drop directories that were not asked for lately: their containers have been removed."""
        limit = time.monotonic() - _FORGOTTEN_S
        for path in [path for path, asked in self._asked_at.items() if asked < limit]:
            for kept in (self._known, self._due_at, self._asked_at):
                kept.pop(path, None)
