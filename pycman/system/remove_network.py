"""`network rm -f`: a network and the containers on it, which only a room above both may remove."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.errors import NotFound
from pycman.network.remove import NetworkInUse, remove_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ROUNDS = 10
"""Somebody may create a container on the network while its others are being removed."""


def remove_network_and_users(session: Session, name: str, *, force: bool = False, timeout_s: int | None = None) -> str:
    """Remove a network; with `force` also the containers on it. Returns its name. Raises NotFound, NetworkInUse."""
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
                    continue  # it went with one before it, or by itself
    return remove_network(session, name)
