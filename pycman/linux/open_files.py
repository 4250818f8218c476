"""Open descriptors of a process, and their limit (proc(5), /proc/PID/fd and /proc/PID/limits)."""

from __future__ import annotations

import os

from pycman.contexts import suppress
from pycman.linux.files import read_text


def allow_most_open_files() -> None:
    """Raise this process's soft limit of open descriptors to the hard one (getrlimit(2))."""
    import resource  # only imported by processes that hold many sockets

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def open_files(pid: int) -> tuple[int, int]:
    """Return the number of open descriptors of a process, and how many of them are sockets; (0, 0) if it is gone."""
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return 0, 0
    targets = []
    for name in names:
        with suppress(OSError):  # closed since the listing, as the listing's own descriptor if `pid` is this process
            targets.append(os.readlink(f"{folder}/{name}"))
    return len(targets), sum(target.startswith("socket:") for target in targets)


def open_files_limit(pid: int) -> int | None:
    """Return the soft limit of open descriptors of a process; None if there is no limit, or no such process."""
    for line in read_text(f"/proc/{pid}/limits").splitlines():
        if line.startswith("Max open files"):
            soft = line[26:].split()[0]
            return int(soft) if soft.isdigit() else None
    return None
