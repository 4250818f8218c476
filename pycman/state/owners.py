"""Who is at a row, and is it dead: a process is known by pid, start time and boot."""

from __future__ import annotations

import os

from pycman.linux.processes import boot_id, is_alive, start_time


def me() -> str:
    """Return this process's mark for an `owner` column: "PID START BOOT"."""
    pid = os.getpid()
    return f"{pid} {start_time(pid)} {boot_id()}"


def is_gone(owner: str) -> bool:
    """Say whether the process that wrote this mark has ended (or the host was started again); "" is gone."""
    parts = owner.split()
    if len(parts) != 3:
        return True
    return parts[2] != boot_id() or not is_alive(int(parts[0]), int(parts[1]))
