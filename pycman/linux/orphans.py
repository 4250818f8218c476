"""Processes that outlived the command that started them, found by what they were told: command line, environment (proc(5))."""

from __future__ import annotations

import os
import time

from pycman.linux.processes import send_signal, start_time, wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SIGKILL = 9
_DYING_S = 2
_LOOKS = 100
"""How often /proc is read at most: a program that becomes a daemon has a child that was not there the last time."""


def find_orphans(folders: Sequence[str], variable: str) -> list[tuple[int, int]]:
    """Return pid and start time of each process that runs a program in one of `folders` with `variable` (NAME=VALUE).

    A script counts, as an argument of its interpreter. A daemon in another folder that such a program started does not.
    """
    prefixes = tuple(os.fsencode(folder.rstrip("/") + "/") for folder in folders)
    entry = os.fsencode(variable)
    return [
        (pid, started)
        for pid, started, arguments in _others()
        if any(argument.startswith(prefixes) for argument in arguments) and entry in _strings(f"/proc/{pid}/environ")
    ]


def end_told(*told: Sequence[str], spare: Callable[[], Sequence[int]] = tuple) -> None:
    """Kill every process whose command line has one of `told` (arguments that follow each other), except the pids in `spare()`.

    For programs that were just started when their starter was killed: their pid is written nowhere.
    """
    needles = [os.fsencode("\0" + "\0".join(arguments) + "\0") for arguments in told]
    for _ in range(_LOOKS):
        found = [
            (pid, started)
            for pid, started, arguments in _others()
            if any(needle in b"\0".join(arguments) for needle in needles) and pid not in spare()
        ]
        if not found:
            return
        for pid, started in found:
            if send_signal(pid, started, _SIGKILL):
                wait_gone(pid, started, _DYING_S)


def wait_for_orphans(folders: Sequence[str], variable: str, timeout_s: float) -> None:
    """Wait until there are no such processes any more; kill those that are left after `timeout_s` seconds."""
    deadline = time.monotonic() + timeout_s
    while orphans := find_orphans(folders, variable):
        for pid, started in orphans:
            if not wait_gone(pid, started, max(0.0, deadline - time.monotonic())):
                send_signal(pid, started, _SIGKILL)
                if not wait_gone(pid, started, _DYING_S):
                    return  # it is stuck in the kernel: nothing more can be done


def _others() -> Iterator[tuple[int, int, list[bytes]]]:
    """Yield pid, start time and arguments of each process but this one."""
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid() and (started := start_time(int(name))):
            yield int(name), started, _strings(f"/proc/{name}/cmdline")


def _strings(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
