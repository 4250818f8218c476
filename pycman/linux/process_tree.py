"""A process with all that it has started, ended together (proc(5))."""

from __future__ import annotations

import os

from pycman.linux.processes import send_signal, start_time

_SIGKILL, _SIGSTOP = 9, 19


def kill_tree(pid: int, started: int) -> bool:
    """Kill a process and its descendants; False if it is not the one that started at `started`.

    All are stopped first, so that none can start another, or be waited for and its number given away. One whose parent has
    ended is nobody's descendant any more.
    """
    if not send_signal(pid, started, _SIGSTOP):
        return False
    found = {pid: started}
    while True:
        new = {child: start_time(child) for parent, child in _parents() if parent in found and child not in found}
        if not new:
            break
        for child, began in new.items():
            send_signal(child, began, _SIGSTOP)
        found |= new
    for child, began in reversed(found.items()):
        send_signal(child, began, _SIGKILL)
    return True


def _parents() -> list[tuple[int, int]]:
    """Return (parent, child) of all processes."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                    found.append((int(file.read(4096).rpartition(b")")[2].split()[1]), int(name)))
            except OSError:
                continue
    return found
