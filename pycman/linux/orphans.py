"""Processes that outlived the command that started them, found by their program and a variable of their environment (proc(5))."""

from __future__ import annotations

import os
import time

from pycman.linux.processes import send_signal, start_time, wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGKILL = 9
_DYING_S = 2


def find_orphans(folders: Sequence[str], variable: str) -> list[tuple[int, int]]:
    """Return pid and start time of each process that runs a program in one of `folders` with `variable` (NAME=VALUE).

    A script counts, as an argument of its interpreter. A daemon in another folder that such a program started does not.
    """
    prefixes = tuple(os.fsencode(folder.rstrip("/") + "/") for folder in folders)
    entry = os.fsencode(variable)
    orphans = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        started = start_time(int(name))
        arguments = _strings(f"/proc/{name}/cmdline")
        runs_program = any(argument.startswith(prefixes) for argument in arguments)
        if started and runs_program and entry in _strings(f"/proc/{name}/environ"):
            orphans.append((int(name), started))
    return orphans


def wait_for_orphans(folders: Sequence[str], variable: str, timeout_s: float) -> None:
    """Wait until there are no such processes any more; kill those that are left after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while orphans := find_orphans(folders, variable):
        for pid, started in orphans:
            if not wait_gone(pid, started, max(0.0, deadline - time.monotonic())):
                send_signal(pid, started, _SIGKILL)
                if not wait_gone(pid, started, _DYING_S):
                    return  # it is stuck in the kernel: nothing more can be done


def _strings(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
