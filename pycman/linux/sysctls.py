"""Names of the kernel parameters that a container can have values of its own for (sysctl(8), ipc_namespaces(7))."""

from __future__ import annotations

import os

_PLACES = (("net", ""), ("fs/mqueue", ""), ("kernel", "msg"), ("kernel", "shm"), ("kernel", "sem"))
"""Folders below /proc/sys, and what the names in them begin with."""


def namespaced_sysctls() -> list[str]:
    """Return the names with dots, sorted; a name of an interface in them may have dots too."""
    return sorted(
        f"{folder}/{name}".replace("/", ".")
        for folder, beginning in _PLACES
        for name in _files(f"/proc/sys/{folder}")
        if name.startswith(beginning)
    )


def _files(folder: str) -> list[str]:
    """Return the paths of the files below a folder of /proc/sys, from there; a folder that has gone has none."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    inside = [f"{entry.name}/{path}" for entry in entries if entry.is_dir() for path in _files(entry.path)]
    return [*inside, *(entry.name for entry in entries if not entry.is_dir())]
