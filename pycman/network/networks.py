"""The networks of a user: found and listed by name or id. The default network gets its row when it is first looked at."""

from __future__ import annotations

import _sqlite3 as sqlite3  # not `sqlite3`, whose adapters bring datetime: 2 ms

from pycman.contexts import suppress
from pycman.errors import NotFound
from pycman.network.catalogue import DEFAULT_ALIASES, default_name, insert_network, network_of
from pycman.spec.network import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session


def get_network(session: Session, text: str) -> Network:
    """Return the network of a name, an id or its unambiguous beginning. Raises NotFound."""
    found = find_network(session, text)
    if found is None:
        raise NotFound("no such network", subject=text, hint="pycman network ls lists them")
    return found


def find_network(session: Session, text: str) -> Network | None:
    """Return the network of a name, an id or its unambiguous beginning; None if there is none."""
    row = _named(session, text)
    if row is None and text in (default_name(session), *DEFAULT_ALIASES):
        return default_network(session)
    if row is None and text and frozenset("0123456789abcdef").issuperset(text):
        rows = session.db.rows("SELECT * FROM networks WHERE id >= ? AND id < ? LIMIT 2", (text, text + "g"))
        row = rows[0] if len(rows) == 1 else None
    return None if row is None else network_of(row)


def default_network(session: Session) -> Network:
    """Return the default network; it gets its row when it is first looked at."""
    name = default_name(session)
    row = _named(session, name)
    if row is None:
        from pycman.network.choose import plan_default  # once for a store

        with suppress(sqlite3.IntegrityError):  # another command was first
            insert_network(session, plan_default(session, name))
        row = _named(session, name)
    return network_of(row)


def list_networks(session: Session) -> list[Network]:
    """Return all networks by name, the default one among them."""
    default_network(session)
    return [network_of(row) for row in session.db.rows("SELECT * FROM networks ORDER BY name")]


def _named(session: Session, name: str) -> Any:
    return session.db.row("SELECT * FROM networks WHERE name = ?", (name,))
