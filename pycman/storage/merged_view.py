"""What a stack of layers shows at a directory, read without mounting it (overlayfs.rst, "Upper and Lower").

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
"""Attributes by which the drivers mark files: never part of an image."""
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque")
_OPAQUE_FILES = (".wh..wh..opq", ".wh..opq")
"""AUFS's name, and what fuse-overlayfs makes beside its attribute."""


def is_whiteout(found: os.stat_result) -> bool:
    """Say whether it is overlayfs's mark of a deleted name: a character device 0:0."""
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def is_opaque(path: str) -> bool:
    """Say whether a directory hides all that lower layers have in it (also fuse-overlayfs's ways to say so)."""
    for name in _OPAQUE:
        with suppress(OSError):
            if os.getxattr(path, name) == b"y":
                return True
    return any(os.path.lexists(f"{path}/{name}") for name in _OPAQUE_FILES)


def hidden_name(name: str) -> str:
    """Return which name a ".wh." file of fuse-overlayfs hides; "" for its other marks. Pure."""
    return "" if name.startswith(".wh..wh.") or name in _OPAQUE_FILES else name.removeprefix(".wh.")


def look_up(stack: Sequence[str], name: str) -> tuple[str, os.stat_result | None, list[str]]:
    """Return what a stack shows under a name: its path, its status (None: nothing) and, of a directory, its stack."""
    path, first = "", None
    below: list[str] = []
    for directory in stack:
        here = f"{directory}/{name}"
        try:
            found = os.lstat(here)
        except OSError:
            if os.path.lexists(f"{directory}/.wh.{name}"):
                break
            continue
        if is_whiteout(found):
            break
        if first is None:
            path, first = here, found
        if not stat.S_ISDIR(found.st_mode):
            break
        below.append(here)
        if is_opaque(here):
            break
    return path, first, below


def list_names(stack: Sequence[str]) -> list[str]:
    """Return the names a stack shows, sorted."""
    names: set[str] = set()
    for directory in stack:
        with suppress(OSError):
            names.update(name for name in os.listdir(directory) if not name.startswith(".wh."))
    return sorted(name for name in names if look_up(stack, name)[1] is not None)
