"""One lock an object, taken in one order: pod, container, network, volume, image; within a kind by id; database last.

After taking a lock, read the row again. A lock may span the OCI runtime's own short calls, never a wait for a
container's process, a registry or a user.
"""

from __future__ import annotations

from pycman.linux.files import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pycman.state.paths import Paths

LOCK_TIMEOUT_S = 120.0


def hold(paths: Paths, kind: str, identity: str, *, timeout_s: float = LOCK_TIMEOUT_S) -> AbstractContextManager[None]:
    """Hold the lock of one object. Raises TimedOut if another command keeps it longer than `timeout_s`."""
    return locked(paths.lock(kind, identity), timeout_s=timeout_s, subject=identity)
