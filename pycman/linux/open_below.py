"""Open what a container sees at a path, without ever leaving its root (openat2(2), RESOLVE_IN_ROOT)."""

from __future__ import annotations

import os

from pycman.linux.syscalls import openat2


def directory_below(root: str, path: str) -> int | None:
    """Return a descriptor of the directory `path` inside `root`; None if there is none (or it is no directory)."""
    top = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return openat2(top, path.lstrip("/") or ".", os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    finally:
        os.close(top)
