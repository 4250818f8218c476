"""conmon's exit file: written once, by rename, after it has reaped the container's process and before its exit command."""

from __future__ import annotations

import os

from pycman.linux.files import read_text

KILLED_AT_TIME_LIMIT = -1
"""What conmon writes for a process that it killed because its time was over (`--timeout`)."""


def read_exit_file(path: str) -> tuple[int, int] | None:
    """Return (exit status, time of exit in ns since 1970) as written by conmon, or None if it has not written them yet.

    The status is 0 to 255, or KILLED_AT_TIME_LIMIT.
    """
    text = read_text(path).strip()
    if not text.lstrip("-").isdigit():
        return None
    try:
        return int(text) & 0xFF if int(text) >= 0 else KILLED_AT_TIME_LIMIT, os.stat(path).st_mtime_ns
    except FileNotFoundError:  # the cleanup has recorded it in the row meanwhile, and removed the file
        return None
