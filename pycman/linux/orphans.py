"""Processes that outlived the one that started them, known again by where they come from (proc(5))."""

from __future__ import annotations

import os
import time

from pycman.linux.processes import send_signal, start_time, wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGKILL = 9
_DYING_S = 2


def find_strays(folders: Sequence[str], variable: str) -> list[tuple[int, int]]:
    """Return pid and start time of each process that runs a program of these folders with `variable` (NAME=VALUE).

    A script counts as well as its interpreter's argument; a daemon that such a program started does not.
    """
    beginnings = tuple(os.fsencode(folder.rstrip("/") + "/") for folder in folders)
    wanted = os.fsencode(variable)
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        started = start_time(int(name))
        words = _words(f"/proc/{name}/cmdline")
        if started and any(word.startswith(beginnings) for word in words) and wanted in _words(f"/proc/{name}/environ"):
            found.append((int(name), started))
    return found


def wait_for_strays(folders: Sequence[str], variable: str, timeout_s: float) -> None:
    """Wait until there are no such processes any more; what is left after `timeout_s` seconds is killed."""
    deadline = time.monotonic() + timeout_s
    while found := find_strays(folders, variable):
        for pid, started in found:
            if not wait_gone(pid, started, max(0.0, deadline - time.monotonic())):
                send_signal(pid, started, _SIGKILL)
                if not wait_gone(pid, started, _DYING_S):
                    return  # the kernel does not let go of it: nothing more can be done from here


def _words(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
