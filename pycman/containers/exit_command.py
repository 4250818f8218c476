"""The command conmon runs when a container ends, and how a foreground `run` takes that work over.

`run` that waits in the foreground holds the lock file "attended": it cleans up itself, so conmon's command need not start
a Python at all (flock(1) fails to get the lock and ends). If `run` is killed, the kernel drops the lock and conmon's
command does the work. Measured: 20 ms of CPU less for each `run --rm`.
"""

from __future__ import annotations

import os
import sys

from pycman.errors import TimedOut
from pycman.linux.files import take_lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_FLOCK = "/usr/bin/flock"
_MAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")


def engine_command(session: Session, *words: str) -> list[str]:
    """Return the argv that runs this very pycman on the same state, without the cost of `site`."""
    options = session.options
    argv = [sys.executable, "-I", "-S", _MAIN, "--root", session.paths.root, "--runroot", session.paths.run_root]
    if options.storage_driver:
        argv += ["--storage-driver", options.storage_driver]
    if options.oci_runtime:
        argv += ["--runtime", options.oci_runtime]
    if options.cgroup_manager:
        argv += ["--cgroup-manager", options.cgroup_manager]
    return [*argv, *words]


def exit_command(session: Session, container_id: str) -> tuple[str, ...]:
    """Return what conmon shall run at the end of a container."""
    command = engine_command(session, "container", "cleanup", "--exit-command", container_id)
    if os.path.exists(_FLOCK):
        # The lock is only looked at, not kept: a cleanup that restarts the container must not stand in the next one's way.
        script = f'{_FLOCK} -n "$0" /bin/true && exec "$@"'
        command = ["/bin/sh", "-c", script, attended_path(session, container_id), *command]
    return tuple(command)


def attended_path(session: Session, container_id: str) -> str:
    """Return the lock file a foreground command holds while it will clean up itself."""
    return session.paths.lock("attended", container_id)


class Attended:
    """Holds the promise to clean up after one container, for the time of a `with` block."""

    def __init__(self, session: Session, container_id: str, *, if_free: bool = False) -> None:
        """Take the promise; with `if_free` only if nobody has given it (then whoever has keeps it)."""
        self._descriptor = -1
        try:
            path = attended_path(session, container_id)
            self._descriptor = take_lock(path, timeout_s=0 if if_free else 10, subject=container_id)
        except TimedOut:
            if not if_free:
                raise

    def release(self) -> None:
        """Let conmon's command do it (after detaching)."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Attended:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
