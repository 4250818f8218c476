"""Kill a process together with all its descendants (proc(5))."""

from __future__ import annotations

import os

from pycman.linux.processes import send_signal, start_time

_SIGKILL, _SIGSTOP = 9, 19


def kill_tree(pid: int, started: int) -> bool:
    """Kill a process and its descendants; return False if the process with this pid is not the one that started at `started`.

    All are stopped first, so that none can fork, or reap a child whose pid would then be reused. A process whose parent has ended is
    not recognized as a descendant.
    """
    if not send_signal(pid, started, _SIGSTOP):
        return False
    tree = {pid: started}
    while True:
        new = {child: start_time(child) for parent, child in _parents() if parent in tree and child not in tree}
        if not new:
            break
        for child, began in new.items():
            send_signal(child, began, _SIGSTOP)
        tree |= new
    for child, began in reversed(tree.items()):
        send_signal(child, began, _SIGKILL)
    return True


def children_of(pid: int) -> list[int]:
    """Return the pids of a process's children."""
    return [child for parent, child in _parents() if parent == pid]


def _parents() -> list[tuple[int, int]]:
    """Return (parent, child) of all processes."""
    pairs = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                    pairs.append((int(file.read(4096).rpartition(b")")[2].split()[1]), int(name)))
            except OSError:
                continue
    return pairs
