"""Mount the layers of a stage, to write a new layer over them or to read from them, below the store's tmp/.

What is written appears in `upper`, as overlayfs writes it. A killed build's mounts and directories are removed by the
garbage collection: their names say which process made them.
"""

from __future__ import annotations

import os

from pycman.contexts import contextmanager
from pycman.linux.files import make_directory, remove_tree
from pycman.storage.driver import choose_driver
from pycman.storage.layers import layer_paths
from pycman.storage.scratch import scratch_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.build.stack import Stack
    from pycman.state.session import Session
    from pycman.storage.driver import Driver


class Root:
    """A mounted root: its path, and the directory that gets what is written ("" if it is read-only)."""

    def __init__(self, driver: Driver, path: str, upper: str = "") -> None:
        self._driver = driver
        self.path = path
        self.upper = upper

    def unmount(self) -> None:
        """Unmount it, so that `upper` is complete; the second time nothing happens."""
        self._driver.unmount(self.path)


@contextmanager
def writable_root(session: Session, stack: Stack) -> Iterator[Root]:
    """Yield a root over the layers of `stack`; afterwards it is unmounted, and `upper` removed if it is still there.

    Raises MountFailed.
    """
    base = scratch_path(session, "build")
    driver = choose_driver(session)
    try:
        for part in ("upper", "work", "merged"):
            make_directory(f"{base}/{part}")
        driver.mount(layer_paths(session, stack.names), f"{base}/upper", f"{base}/work", f"{base}/merged")
        root = Root(driver, f"{base}/merged", f"{base}/upper")
        try:
            yield root
        finally:
            root.unmount()
    finally:
        remove_tree(base)


@contextmanager
def readable_root(session: Session, stack: Stack) -> Iterator[Root]:
    """Yield a read-only root of the layers of `stack`. Raises MountFailed."""
    base = scratch_path(session, "build")
    driver = choose_driver(session)
    try:
        make_directory(f"{base}/merged")
        root = Root(driver, f"{base}/merged")
        if not stack.layers:
            yield root
            return
        driver.mount(layer_paths(session, stack.names), "", "", f"{base}/merged")
        try:
            yield root
        finally:
            root.unmount()
    finally:
        remove_tree(base)


def open_root(root: Root) -> int:
    """Return a descriptor of a root's top directory, for the caller to close."""
    return os.open(root.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
