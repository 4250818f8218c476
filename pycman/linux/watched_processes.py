"""Which of many processes live, for a server that is asked again and again: a pidfd for each, and one epoll_wait(2) for all of them, in
place of reading /proc for each.
"""

from __future__ import annotations

import os
import select
import threading

from pycman.linux.processes import is_alive

_MOST_WATCHED = max(400, min(os.sysconf("SC_OPEN_MAX") // 2 - 112, 20_000))
"""Half of the descriptors that RLIMIT_NOFILE allows: the others are for clients. Further processes are looked up in /proc."""


class WatchedProcesses:
    """`is_alive` is true for what lived at the last `look`. Threads may share it."""

    def __init__(self, most: int = _MOST_WATCHED) -> None:
        self._most = most
        self._turn = threading.Lock()
        self._poller: select.epoll | None = None
        """Made with the first process, so that no child of a server that forks before has it."""
        self._descriptors: dict[tuple[int, int], int] = {}
        self._processes: dict[int, tuple[int, int]] = {}
        self.ended = 0
        """How many have been seen to end."""
        self.looked_up = 0
        """How often `is_alive` was false, or true for a process that is not watched: what the next `look` would not show."""

    def look(self) -> None:
        """Forget the processes that have ended since the last time."""
        if self._poller is None:
            return
        with self._turn:
            for descriptor, _events in self._poller.poll(0) if self._poller is not None else ():
                self.ended += 1
                del self._descriptors[self._processes.pop(descriptor)]
                self._poller.unregister(descriptor)
                os.close(descriptor)

    def is_alive(self, pid: int, started: int) -> bool:
        """Return whether the process `pid` that started at `started` ticks runs; one not watched yet is looked up, and watched from now on."""
        if (pid, started) in self._descriptors:
            return True
        alive = is_alive(pid, started)
        if not alive or not self._watch(pid, started):
            self.looked_up += 1
        return alive

    def _watch(self, pid: int, started: int) -> bool:
        """Watch a process, and return whether it is watched."""
        with self._turn:
            if (pid, started) in self._descriptors:
                return True
            if len(self._descriptors) >= self._most:
                return False
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:  # it has just ended, or there are too many descriptors: then it is looked up again
                return False
            if not is_alive(pid, started):
                os.close(descriptor)
                return False
            if self._poller is None:
                self._poller = select.epoll()
            self._descriptors[pid, started] = descriptor
            self._processes[descriptor] = (pid, started)
            self._poller.register(descriptor, select.EPOLLIN)
        return True

    def close(self) -> None:
        """Watch nothing any more."""
        with self._turn:
            for descriptor in self._processes:
                os.close(descriptor)
            self._descriptors.clear()
            self._processes.clear()
            if self._poller is not None:
                self._poller.close()
                self._poller = None
