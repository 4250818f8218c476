"""Block devices by number (sysfs(5))."""

from __future__ import annotations

import os


def block_device_name(major: int, minor: int) -> str:
    """Return the path of a block device; "" if there is none, as for a file system without a device (tmpfs, overlay)."""
    try:
        return f"/dev/{os.path.basename(os.readlink(f'/sys/dev/block/{major}:{minor}'))}"
    except OSError:
        return ""
