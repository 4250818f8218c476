"""/etc/mtab of a container: where programs look for mounts that do not know /proc/mounts."""

from __future__ import annotations

import os

from pycman.linux.open_below import directory_below


def link_mtab(root: str) -> None:
    """Make /etc/mtab, a link to /proc/mounts, where the root has an /etc without it, as docker and podman do."""
    folder = directory_below(root, "etc")
    if folder is None:
        return
    try:
        os.symlink("/proc/mounts", "mtab", dir_fd=folder)
    except OSError:
        return  # it is there, or the root cannot be written
    finally:
        os.close(folder)
