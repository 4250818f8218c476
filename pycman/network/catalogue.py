"""The networks of a user: found, listed; the default one is there from the first look on."""

from __future__ import annotations

import _sqlite3 as sqlite3  # not `sqlite3`, whose adapters bring datetime: 2 ms
import contextlib

from pycman.errors import NotFound
from pycman.jsontext import format_json, parse_json
from pycman.spec.network import Network, NetworkSpec
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

DEFAULT_ALIASES = ("bridge", "default")
"""Names that docker's and podman's users have for the default network."""


def default_name(session: Session) -> str:
    """Return the name of the network that containers are on unless they say otherwise (containers.conf(5))."""
    return containers_conf(session).default_network


def network_of(row: Any) -> Network:
    """Return the network a row is of."""
    return Network.from_dict({**parse_json(row["spec"]), "id": row["id"], "created_at_ns": row["created_at_ns"]})


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
        from pycman.network.create import plan_default  # once for a store

        with contextlib.suppress(sqlite3.IntegrityError):  # another command was first
            insert_network(session, plan_default(session, name))
        row = _named(session, name)
    return network_of(row)


def list_networks(session: Session) -> list[Network]:
    """Return all networks by name, the default one among them."""
    default_network(session)
    return [network_of(row) for row in session.db.rows("SELECT * FROM networks ORDER BY name")]


def all_kept(session: Session) -> list[Network]:
    """Return the networks that have a row."""
    return [network_of(row) for row in session.db.rows("SELECT * FROM networks ORDER BY name")]


def insert_network(session: Session, network: Network) -> None:
    """Write a network's row. Raises sqlite3.IntegrityError if the name is taken."""
    session.db.change(
        "INSERT INTO networks VALUES (?, ?, ?, ?, ?)",
        (network.id, network.name, network.interface, spec_text(network), network.created_at_ns),
    )


def spec_text(network: Network) -> str:
    """Return what the row's `spec` says."""
    values = network.to_dict()
    return format_json({key: values[key] for key in NetworkSpec._fields if key in values})


def users_of(session: Session, network: Network) -> list[tuple[str, str]]:
    """Return (id, name) of the containers that are on a network, or will be when they start."""
    rows = session.db.rows("SELECT id, name, networks FROM containers ORDER BY name")
    return [(row["id"], row["name"]) for row in rows if network.name in parse_json(row["networks"])]


def _named(session: Session, name: str) -> Any:
    return session.db.row("SELECT * FROM networks WHERE name = ?", (name,))
