"""What pods of a play can refer to: config maps and secrets of this and of earlier plays, and facts of this node."""

from __future__ import annotations

import os

from kube_yaml.translate.sources import Entries, Sources, binary_keys, config_map_entries
from pycman.errors import Corrupt
from pycman.jsontext import parse_json
from pycman.linux.host_addresses import node_addresses, node_name
from pycman.linux.host_limits import memory_info
from pycman.secrets.catalogue import list_secrets, read_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def read_sources(session: Session) -> Sources:
    """Return all stored config maps and secrets, also those of `secret create`, and what there is to know of this node."""
    maps = {
        f"{row['namespace']}/{row['name']}": parse_json(row["manifest"])
        for row in session.db.rows("SELECT namespace, name, manifest FROM kube_objects WHERE kind = 'ConfigMap'")
    }
    secrets: dict[str, Entries] = {}
    names = {
        row["reference"]: f"{row['namespace']}/{row['name']}"
        for row in session.db.rows("SELECT namespace, name, reference FROM kube_objects WHERE kind = 'Secret'")
    }
    for secret in list_secrets(session):
        key = names.get(secret.name, f"default/{secret.name}")
        secrets[key] = _entries_of(read_secret(session, secret.name), secret.name)
    store = os.statvfs(session.paths.root)
    return Sources(
        config_maps={key: config_map_entries(value) for key, value in maps.items()},
        secrets=secrets,
        binary={key: binary_keys(value) for key, value in maps.items() if value.get("binaryData")},
        node_name=node_name(),
        host_ips=node_addresses(),
        node_resources={
            "cpu": os.cpu_count() or 1,
            "memory": memory_info().get("MemTotal", 0),
            "ephemeral-storage": store.f_blocks * store.f_frsize,
        },
    )


def _entries_of(content: bytes, name: str) -> Entries:
    """Return a secret's entries: those of the JSON that a play stored, else the whole content under the secret's name."""
    try:
        value = parse_json(content, subject=name)
    except Corrupt:
        value = None
    if isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values()):
        return {key: entry.encode("utf-8", "surrogateescape") for key, entry in value.items()}
    return {name: content}
