"""Plain copies: no overlay at all. The first mount copies the layers into `upper`, which is then bound at `merged`."""

from __future__ import annotations

import os
import stat

from pycman.linux.files import make_directory, remove_tree
from pycman.linux.mounts import bind, unmount
from pycman.storage.copy_tree import copy_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_MARK = ".pycman-copied"


class Copies:
    """Copies layers, bottom first, applying their whiteouts."""

    name = "copies"

    def __init__(self, why: str) -> None:
        self.why = why

    def mount(self, lowers: Sequence[str], upper: str, work: str, merged: str, *, options: str = "") -> None:
        """Mount; see `driver.Driver`. A read-only one is copied into `merged` itself."""
        del options
        target = upper or merged
        done = f"{work}/{_MARK}" if work else ""
        if not done or not os.path.exists(done):
            for lower in reversed(lowers):
                copy_tree(lower, target, whiteouts=True)
            if done:
                make_directory(work)
                os.mknod(done, 0o600 | stat.S_IFREG)
        bind(target, merged)

    def unmount(self, merged: str) -> None:
        """Unmount; see `driver.Driver`."""
        unmount(merged)


def make(_session: Session, why: str) -> Copies:
    """Return the driver."""
    return Copies(why)


def probe(session: Session) -> str:
    """Return "" : copying works everywhere a directory can be made."""
    base = f"{session.paths.tmp}/probe-{os.getpid()}"
    try:
        make_directory(base)
    except OSError as error:
        return str(error)
    remove_tree(base)
    return ""
