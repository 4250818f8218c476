"""The rows of networks: each network is one row, with its spec as JSON."""

from __future__ import annotations

from pycman.jsontext import format_json, parse_json
from pycman.spec.network import Network, NetworkSpec
from pycman.state.settings import containers_conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session

DEFAULT_ALIASES = ("bridge", "default")
"""Names under which users of docker and podman know the default network."""


def default_name(session: Session) -> str:
    """Return the name of the network that containers are connected to by default (containers.conf(5))."""
    return containers_conf(session).default_network


def network_of(row: Any) -> Network:
    """Convert a row of the table `networks`."""
    return Network.from_dict({**parse_json(row["spec"]), "id": row["id"], "created_at_ns": row["created_at_ns"]})


def stored_networks(session: Session) -> list[Network]:
    """Return the networks that have a row, sorted by name: the default network may have none yet."""
    return [network_of(row) for row in session.db.rows("SELECT * FROM networks ORDER BY name")]


def insert_network(session: Session, network: Network) -> None:
    """Insert a network's row. Raises sqlite3.IntegrityError if the name is taken."""
    session.db.change(
        "INSERT INTO networks VALUES (?, ?, ?, ?, ?)",
        (network.id, network.name, network.interface, format_spec(network), network.created_at_ns),
    )


def format_spec(network: Network) -> str:
    """Return a network's spec as the JSON of its row."""
    values = network.to_dict()
    return format_json({key: values[key] for key in NetworkSpec._fields if key in values})


def users_of(session: Session, network: Network) -> list[tuple[str, str]]:
    """Return (id, name) of the containers that are on a network or will be when they start, sorted by name."""
    rows = session.db.rows(
        "SELECT id, name, networks FROM containers WHERE instr(networks, ?) ORDER BY name", (format_json(network.name),)
    )
    return [(row["id"], row["name"]) for row in rows if network.name in parse_json(row["networks"])]


def used_names(session: Session) -> set[str]:
    """Return the names of all networks that containers are on or will be when they start."""
    rows = session.db.rows("SELECT DISTINCT networks FROM containers")
    return {name for row in rows for name in parse_json(row["networks"])}


def running_users_of(session: Session, network: Network) -> list[tuple[str, str]]:
    """Return (id, name) of the containers that have an endpoint on a network, which is while they run, sorted by name."""
    rows = session.db.rows(
        "SELECT id, name FROM containers WHERE id IN (SELECT container_id FROM endpoints WHERE network_id = ?) ORDER BY name",
        (network.id,),
    )
    return [(row["id"], row["name"]) for row in rows]
