"""Find and list networks by name or id. The row of the default network is inserted when it is first needed."""

from __future__ import annotations

from pycman.contexts import suppress
from pycman.errors import NotFound
from pycman.network.catalogue import DEFAULT_ALIASES, default_name, insert_network, network_of
from pycman.spec.network import Network
from pycman.state.sqlite import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session


def get_network(session: Session, reference: str) -> Network:
    """Return the network with a name, an id or a unique prefix of an id. Raises NotFound."""
    network = find_network(session, reference)
    if network is None:
        raise NotFound(
            "no such network", subject=reference, hint="pycman network ls lists them", code="no-such-network"
        )
    return network


def find_network(session: Session, reference: str) -> Network | None:
    """Return the network with a name, an id or a unique prefix of an id; None if there is none."""
    row = _row_named(session, reference)
    if row is None and reference in (default_name(session), *DEFAULT_ALIASES):
        return default_network(session)
    if row is None and reference and frozenset("0123456789abcdef").issuperset(reference):
        rows = session.db.rows("SELECT * FROM networks WHERE id >= ? AND id < ? LIMIT 2", (reference, reference + "g"))
        row = rows[0] if len(rows) == 1 else None
    return None if row is None else network_of(row)


def default_network(session: Session) -> Network:
    """Return the default network; inserts its row if there is none yet."""
    name = default_name(session)
    row = _row_named(session, name)
    if row is None:
        from pycman.network.choose import plan_default  # only imported before the default network has its row

        with suppress(sqlite3.IntegrityError):  # another command has inserted it
            insert_network(session, plan_default(session, name))
        row = _row_named(session, name)
    return network_of(row)


def list_networks(session: Session) -> list[Network]:
    """Return all networks sorted by name, the default network among them."""
    default_network(session)
    return [network_of(row) for row in session.db.rows("SELECT * FROM networks ORDER BY name")]


def _row_named(session: Session, name: str) -> Any:
    return session.db.row("SELECT * FROM networks WHERE name = ?", (name,))
