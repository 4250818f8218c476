"""The rows of networks: each network is one row, whose spec is kept as JSON."""

from __future__ import annotations

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
