"""Start a helper program in a mount namespace of its own: what it mounts never comes back (mount_namespaces(7)).

slirp4netns makes itself a sandbox of mounts and makes only `/` private for it. Where /tmp or /run is a mount of its own, a tmpfs of
the sandbox would appear in the namespace of its starter, which all containers of a user share. A slave receives what the starter
mounts and unmounts later, so that the helper keeps no file system busy, and passes nothing on.

Only for starters whose mounts are shared, as those in a user's namespaces are: a copy of private mounts would hear of no unmount.
"""

from __future__ import annotations

import os

from pycman.linux import syscalls
from pycman.linux.forked_child import ForkedChild
from pycman.linux.mounts import make_slave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_SIGKILL = 9


def with_own_mounts(start: Callable[[], Any], *, subject: str, keep: Sequence[int] = ()) -> Any:
    """Return the JSON value that `start` returns, called in a child with a mount namespace of its own.

    The child keeps open only the descriptors `keep`; what it starts and does not wait for goes on when it has ended. `subject` names
    the program in errors. If this process is killed, the child is too: who looks afterwards for what was started finds all of it.
    Raises what `start` raises, Unavailable.
    """
    starter = os.getpid()

    def isolated(_child: ForkedChild) -> Any:
        syscalls.end_with_parent(starter, _SIGKILL)
        leave_shared_mounts()
        return start()

    return ForkedChild(isolated, keep=keep, subject=subject).finish()


def leave_shared_mounts() -> None:
    """Move this process, a forked child, into a mount namespace of its own, for it and for what it starts from now on."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    make_slave("/")
