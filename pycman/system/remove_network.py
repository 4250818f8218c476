"""Remove a network and, with `force`, the containers on it (`network rm -f`)."""

from __future__ import annotations

from pycman.network.remove import NetworkInUse, remove_network
from pycman.system.remove_with_users import remove_with_users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def remove_network_and_users(
    session: Session, name: str, *, force: bool = False, timeout_s: int | None = None, stopped_count: bool = True
) -> str:
    """Remove a network and return its name; `force` removes the containers on it first.

    Without `force`, stopped containers hold the network only if `stopped_count`. Raises NotFound, NetworkInUse.
    """
    return remove_with_users(
        session,
        lambda: remove_network(session, name, stopped_count=stopped_count or force),
        NetworkInUse,
        force=force,
        timeout_s=timeout_s,
    )
