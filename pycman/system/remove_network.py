"""Remove a network and, with `force`, the containers on it (`network rm -f`)."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.errors import NotFound
from pycman.network.remove import NetworkInUse, remove_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ROUNDS = 10
"""Attempts: another command may create a container on the network while the others are removed."""


def remove_network_and_users(session: Session, name: str, *, force: bool = False, timeout_s: int | None = None) -> str:
    """Remove a network and return its name; `force` removes the containers on it first. Raises NotFound, NetworkInUse."""
    for _ in range(_ROUNDS):
        try:
            return remove_network(session, name)
        except NetworkInUse as error:
            if not force or not error.containers:
                raise
            for container in error.containers:
                try:
                    remove_container(session, container, force=True, volumes=False, timeout_s=timeout_s, depend=True)
                except NotFound:
                    continue  # removed together with one before it, or by --rm
    return remove_network(session, name)
