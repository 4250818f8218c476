"""Read the network counters of sandboxes that have no process."""

from __future__ import annotations

import os

from pycman.linux import syscalls
from pycman.linux.cgroup.container_usage import read_net_dev
from pycman.linux.forked_child import ForkedChild

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def read_interfaces(_session: Session, paths: list[str]) -> list[str]:
    """Return the text of /proc/net/dev in each of these network namespaces; "" for one that no longer exists.

    A forked child enters them, because the worker must stay in its own namespace for its next request.
    """
    texts: list[str] = ForkedChild(lambda _child: [_read(path) for path in paths], subject="network counters").finish()
    return texts


def _read(path: str) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        syscalls.setns(descriptor, syscalls.CLONE_NEWNET)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return read_net_dev()
