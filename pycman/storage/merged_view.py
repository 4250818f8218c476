"""Read what overlayfs would show of a stack of layers, without mounting it (overlayfs.rst, "Upper and Lower").

A stack is a list of directories, top first, that overlayfs would merge at one path.
"""

from __future__ import annotations

import os
import stat

from pycman.contexts import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ENGINES_OWN = ("trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.")
"""Prefixes of the attributes with which the drivers mark files; they are never part of an image."""
HOSTS_OWN = ("security.selinux", "security.ima", "security.evm")
"""Attributes that a host gives its files: its policy's label, and what its integrity subsystem knows of them."""
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque")
_OPAQUE_FILES = (".wh..wh..opq", ".wh..opq")
"""AUFS's name, and the file that fuse-overlayfs makes in addition to its attribute."""


def is_content(attribute: str) -> bool:
    """Say whether an extended attribute goes with a file when it is copied: neither a driver's mark nor the host's own."""
    return not attribute.startswith(ENGINES_OWN) and attribute not in HOSTS_OWN


def is_whiteout(status: os.stat_result) -> bool:
    """Return whether a file is overlayfs's mark of a deleted name: a character device 0:0."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def is_opaque(path: str) -> bool:
    """Return whether a directory hides its content in the layers below (marked by overlayfs or fuse-overlayfs)."""
    for name in _OPAQUE:
        with suppress(OSError):
            if os.getxattr(path, name) == b"y":
                return True
    return any(os.path.lexists(f"{path}/{name}") for name in _OPAQUE_FILES)


def hidden_name(name: str) -> str:
    """Return the name that a ".wh." file of fuse-overlayfs hides; "" if it is one of its other marks. Pure."""
    return "" if name.startswith(".wh..wh.") or name in _OPAQUE_FILES else name.removeprefix(".wh.")


def look_up(stack: Sequence[str], name: str) -> tuple[str, os.stat_result | None, list[str]]:
    """Return what a stack shows under a name: its path, its status (None if there is nothing) and, for a directory, the
    stack that is merged there.
    """
    path, first = "", None
    below: list[str] = []
    for directory in stack:
        candidate = f"{directory}/{name}"
        try:
            status = os.lstat(candidate)
        except OSError:
            if os.path.lexists(f"{directory}/.wh.{name}"):
                break
            continue
        if is_whiteout(status):
            break
        if first is None:
            path, first = candidate, status
        if not stat.S_ISDIR(status.st_mode):
            break
        below.append(candidate)
        if is_opaque(candidate) or os.path.lexists(f"{directory}/.wh.{name}"):
            break
    return path, first, below


def list_names(stack: Sequence[str]) -> list[str]:
    """Return the names a stack shows, sorted."""
    names: set[str] = set()
    for directory in stack:
        with suppress(OSError):
            names.update(name for name in os.listdir(directory) if not name.startswith(".wh."))
    return sorted(name for name in names if look_up(stack, name)[1] is not None)
