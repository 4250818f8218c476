"""Which of many processes live, for a server that is asked again and again: a pidfd for each, and one poll(2) for all of them, in place
of reading /proc for each.
"""

from __future__ import annotations

import os
import select
import threading

from pycman.linux.processes import is_alive

_MOST_WATCHED = 400
"""Descriptors are for clients, too: RLIMIT_NOFILE is 1024 where nobody raised it. Further processes are looked up in /proc."""


class WatchedProcesses:
    """`is_alive` is true for what lived at the last `look`. Threads may share it."""

    def __init__(self, most: int = _MOST_WATCHED) -> None:
        self._most = most
        self._turn = threading.Lock()
        self._poller = select.poll()
        self._descriptors: dict[tuple[int, int], int] = {}
        self._processes: dict[int, tuple[int, int]] = {}

    def look(self) -> None:
        """Forget the processes that have ended since the last time."""
        with self._turn:
            for descriptor, _events in self._poller.poll(0):
                del self._descriptors[self._processes.pop(descriptor)]
                self._poller.unregister(descriptor)
                os.close(descriptor)

    def is_alive(self, pid: int, started: int) -> bool:
        """Return whether the process `pid` that started at `started` ticks runs; one not watched yet is looked up, and watched from now on."""
        if (pid, started) in self._descriptors:
            return True
        if not is_alive(pid, started):
            return False
        self._watch(pid, started)
        return True

    def _watch(self, pid: int, started: int) -> None:
        with self._turn:
            if (pid, started) in self._descriptors or len(self._descriptors) >= self._most:
                return
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:  # it has just ended, or there are too many descriptors: then it is looked up again
                return
            if not is_alive(pid, started):
                os.close(descriptor)
                return
            self._descriptors[pid, started] = descriptor
            self._processes[descriptor] = (pid, started)
            self._poller.register(descriptor, select.POLLIN)

    def close(self) -> None:
        """Watch nothing any more."""
        with self._turn:
            for descriptor in self._processes:
                self._poller.unregister(descriptor)
                os.close(descriptor)
            self._descriptors.clear()
            self._processes.clear()
