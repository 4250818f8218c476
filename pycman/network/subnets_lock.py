"""One lock for all stores of root: between finding a subnet free and making its bridge no other store may find it free too.

Which subnets are taken on a host its routes say, and a network has none before its bridge is made, with its first container. So two
stores that start their first containers at the same moment would choose the same subnet. Rootless stores have namespaces of their own.
"""

from __future__ import annotations

import os

from pycman.contexts import contextmanager, suppress
from pycman.errors import TimedOut
from pycman.linux.files import take_lock
from pycman.state.paths import SUBNETS_LOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pycman.spec.network import Network
    from pycman.state.session import Session

_TIMEOUT_S = 20.0
NOT_HELD = -1


@contextmanager
def subnets_lock(session: Session, networks: Sequence[Network]) -> Iterator[int]:
    """Hold the lock while bridges of these networks have to be made, and yield its descriptor, or NOT_HELD if none has.

    A child that keeps the descriptor open holds the lock, too. A store that does not get it goes on without.
    """
    held = NOT_HELD
    if not session.rootless and any(_has_no_bridge(session, network) for network in networks):
        with suppress(OSError, TimedOut):
            held = take_lock(SUBNETS_LOCK, timeout_s=_TIMEOUT_S, subject="subnets")
    try:
        yield held
    finally:
        if held != NOT_HELD:
            os.close(held)


def _has_no_bridge(session: Session, network: Network) -> bool:
    query = "SELECT 1 FROM endpoints WHERE network_id = ? LIMIT 1"
    return network.driver == "bridge" and session.db.value(query, (network.id,)) is None
