"""One lock for each object, taken in one order: pod, container, network, volume, image; within a kind by id; the database last.

After taking a lock, read the row again: another command may have changed it. A lock may be held over short calls of the OCI runtime,
never while waiting for a container's process, a registry or a user.
"""

from __future__ import annotations

from pycman.linux.files import locked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from pycman.state.paths import Paths

LOCK_TIMEOUT_S = 120.0


def lock_object(
    paths: Paths, kind: str, object_id: str, *, timeout_s: float = LOCK_TIMEOUT_S
) -> AbstractContextManager[None]:
    """Hold the lock of one object. Raises TimedOut if another command holds it for longer than `timeout_s`."""
    return locked(paths.lock(kind, object_id), timeout_s=timeout_s, subject=object_id)
