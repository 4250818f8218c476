"""How much containers have written: walks of their writable layers, kept for a while, and never waited for long."""

from __future__ import annotations

import threading
import time

from pycman.record import Record
from pycman.storage.usage import TreeUse, tree_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT_S = 8.0
"""A kubelet asks every ten seconds, and shall get a new number."""
_SHARE = 50
"""A walk that took long is kept for this many times as long: at most a fiftieth of a CPU goes into walks."""
_PATIENCE_S = 0.2
_FORGOTTEN_S = 600.0


class LayerUse(Record):
    """What a layer took at a time (ns since the epoch)."""

    use: TreeUse
    measured_at_ns: int


class Layers:
    """Sizes of directories by path. One thread at a time walks, and ends when nothing is left to be walked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, LayerUse] = {}
        self._due_at: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._waiting: dict[str, None] = {}
        self._walker: threading.Thread | None = None
        self._caught_up = threading.Event()

    def uses(self, paths: Iterable[str]) -> dict[str, LayerUse]:
        """Return what is known; walks what is due, and waits a moment for that. One that takes longer is told next time."""
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
            caught_up.wait(_PATIENCE_S)
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
        """Drop what nobody has asked for lately: such containers are gone."""
        limit = time.monotonic() - _FORGOTTEN_S
        for path in [path for path, asked in self._asked_at.items() if asked < limit]:
            for kept in (self._known, self._due_at, self._asked_at):
                kept.pop(path, None)
