"""The process that is changing a row, and whether it has died. Pid, start time and boot id identify a process."""

from __future__ import annotations

import os

from pycman.linux.processes import boot_id, is_alive, start_time


def me() -> str:
    """Return this process for an `owner` column: "PID START_TIME BOOT_ID"."""
    pid = os.getpid()
    return f"{pid} {start_time(pid)} {boot_id()}"


def is_gone(owner: str) -> bool:
    """Say whether the process in an `owner` column has ended, also by a reboot; True for ""."""
    parts = owner.split()
    if len(parts) != 3:
        return True
    return parts[2] != boot_id() or not is_alive(int(parts[0]), int(parts[1]))
