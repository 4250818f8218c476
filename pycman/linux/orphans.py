"""Processes that outlived the command that started them, found by what they were told: command line, environment (proc(5))."""

from __future__ import annotations

import os
import time

from pycman.linux.processes import send_signal, start_time, wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def end_told(*told: Sequence[str], spare: Callable[[], Sequence[int]] = tuple) -> None:
    """Kill every process whose command line has one of `told` (arguments that follow each other), except the pids in `spare()`.

    For programs that were just started when their starter was killed: their pid is written nowhere.
    """
    needles = [os.fsencode("\0" + "\0".join(arguments) + "\0") for arguments in told]
    for _ in range(_LOOKS):
        found = [(pid, started) for pid, started in _processes_with(needles) if pid not in spare()]
        if not found:
            return
        for pid, started in found:
            if send_signal(pid, started, _SIGKILL):
                wait_gone(pid, started, _DYING_S)


def _processes_with(needles: Sequence[bytes]) -> list[tuple[int, int]]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            started = start_time(int(name))
            line = b"\0".join(_strings(f"/proc/{name}/cmdline"))
            if started and any(needle in line for needle in needles):
                found.append((int(name), started))
    return found


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
