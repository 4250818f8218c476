"""Remove networks: one row, which a foreign key protects while a container has an endpoint on it."""

from __future__ import annotations

from pycman.errors import InUse, InvalidInput, PycmanError
from pycman.network.catalogue import default_name, running_users_of, used_names, users_of
from pycman.network.filters import matches
from pycman.network.networks import get_network
from pycman.state import events
from pycman.state.matching import grouped
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.spec.network import Network
    from pycman.state.session import Session


_PRUNE_KEYS = ("label", "label!", "until")


class NetworkInUse(InUse):
    """Containers are on the network; `containers` are their ids."""

    def __init__(self, problem: str, *, subject: str, hint: str, containers: tuple[str, ...] = ()) -> None:
        super().__init__(problem, subject=subject, hint=hint)
        self.containers = containers


def remove_network(session: Session, name: str, *, stopped_count: bool = True) -> str:
    """Remove a network and return its name; stopped containers hold it only if `stopped_count` (podman; not docker).

    Raises NotFound, InvalidInput (the default network), NetworkInUse.
    """
    network = get_network(session, name)
    if network.name == default_name(session):
        raise InvalidInput(
            "the default network cannot be removed", subject=name, hint="name another network", code="default-network"
        )
    with session.db.transaction():
        users = users_of(session, network) if stopped_count else running_users_of(session, network)
        if users:
            raise _in_use(network, users)
        try:
            session.db.change("DELETE FROM networks WHERE id = ?", (network.id,))
        except sqlite3.IntegrityError:  # one is just being connected, or removed
            raise _in_use(network, running_users_of(session, network)) from None
        events.append(
            session.db, "network", "remove", network.id, name=network.name, attributes={"type": network.driver}
        )
    return network.name


def prune_networks(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, stopped_count: bool = True
) -> list[str]:
    """Remove the networks that no container is connected to; return their names.

    Stopped containers hold theirs only if `stopped_count` (podman; not docker). Filters are label, label! and until. Raises
    InvalidInput for others.
    """
    for key in grouped(filters):
        if key not in _PRUNE_KEYS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(_PRUNE_KEYS)}", code="not-a-filter-key"
            )
    rows = session.db.rows("SELECT id FROM networks WHERE name != ? ORDER BY name", (default_name(session),))
    candidates = matches(session, [get_network(session, row["id"]) for row in rows], filters)
    used = used_names(session) if stopped_count else set()
    removed = []
    for network in candidates:
        if network.name not in used and (stopped_count or not running_users_of(session, network)):
            try:
                removed.append(remove_network(session, network.id, stopped_count=stopped_count))
            except PycmanError:
                continue  # another command connected a container to it, or removed it, meanwhile
    return removed


def _in_use(network: Network, users: Sequence[tuple[str, str]]) -> NetworkInUse:
    names = ", ".join(name for _, name in users)
    return NetworkInUse(
        f"containers are on the network: {names}",
        subject=network.name,
        hint="disconnect or remove them first, or use -f",
        containers=tuple(container_id for container_id, _ in users),
    )
