"""Answers of RPCs that read, kept as the bytes that gRPC sends for as long as nothing has changed that they were made of.

A kubelet lists its sandboxes and containers every second and mostly gets what it got before. What an answer is made of is the
database, whose version SQLite knows, and whether processes live, which one poll of their pidfds says.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.linux.watched_processes import WatchedProcesses
    from pycman.state.session import Session

_MOST_KEPT = 2000


class Answers:
    """What was answered since the last change. Threads may share it."""

    def __init__(self, session: Session, processes: WatchedProcesses) -> None:
        self._session = session
        self._processes = processes
        self._kept: tuple[object, dict[object, bytes]] = ((), {})
        """The version that answers are of, and these by question: replaced together when the version is another one."""

    def answer(self, question: object, make: Callable[[], bytes]) -> bytes:
        """Return the answer to a question (hashable), made only if something has changed since it was made last.

        Where an end is not recorded yet, or a process is not watched, an answer is not kept: then files have a part in it.
        """
        self._processes.look()
        version = (*self._session.db.version(), self._processes.ended)  # before anything is read
        held = self._kept
        if held[0] != version:
            held = self._kept = (version, {})
        kept = held[1]
        found = kept.get(question)
        if found is None:
            before = self._processes.looked_up
            found = make()
            if self._processes.looked_up == before and len(kept) < _MOST_KEPT:
                kept[question] = found
        return found
