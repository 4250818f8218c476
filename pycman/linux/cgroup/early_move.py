"""Have the kernel wait beforehand for what the next move of a process into a cgroup would wait for.

A move takes a lock that first waits for a grace period of RCU, 8 to 20 ms, unless another move was some milliseconds ago
(kernel/cgroup/cgroup.c, cgroup_threadgroup_rwsem; kernel/rcu/sync.c). A child of ours that moves to the cgroup where it is waits for it
while a container is prepared, and the OCI runtime, whose create moves the container's process, need not.
"""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.errors import PycmanError
from pycman.linux.cgroup.setup import CGROUP_ROOT
from pycman.linux.files import read_text
from pycman.linux.processes import reap, spawn

_SHELL = "/bin/sh"
_MOVE = 'echo 0 >"$0"'
"""0 is the process that writes (cgroups(7))."""


class EarlyMove:
    """The child, started when this is made; there is none where this process may not move within its own cgroup."""

    def __init__(self) -> None:
        """Start it."""
        self._pid = 0
        path = own_processes(read_text("/proc/self/cgroup"))
        if not path:
            return
        with suppress(PycmanError, OSError):  # it is only haste
            null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
            try:
                self._pid = spawn([_SHELL, "-c", _MOVE, path], env={}, descriptors={0: null, 1: null, 2: null})
            finally:
                os.close(null)

    def finish(self) -> None:
        """Wait for its end; does nothing the second time."""
        pid, self._pid = self._pid, 0
        if pid:
            reap(pid)


def own_processes(groups: str, root: str = CGROUP_ROOT) -> str:
    """Return the file cgroup.procs of one of the cgroups of a process, of which `groups` is the list in /proc, that this process may write;
    "" if there is none.
    """
    for line in reversed(groups.splitlines()):  # that of v2 is the last
        _, names, path = (*line.split(":", 2), "", "")[:3]
        if not path.startswith("/") or ".." in path.split("/"):  # of another namespace
            continue
        for mounted in (names.removeprefix("name="),) if names else ("", "unified"):
            found = "/".join(filter(None, (root, mounted, path.strip("/"), "cgroup.procs")))
            if os.access(found, os.W_OK):
                return found
    return ""
