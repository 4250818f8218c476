"""What was played, in the database: objects (kube_objects), and which pods were made for them (kube_pods)."""

from __future__ import annotations

import time

from kube_yaml.translate.sources import Entries, Sources, config_map_entries
from pycman.errors import Corrupt
from pycman.jsontext import parse_json
from pycman.linux.host_addresses import node_addresses, node_name
from pycman.record import Record
from pycman.secrets.catalogue import list_secrets, read_secret
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from kube_yaml.translate.plans import ObjectPlan
    from pycman.state.session import Session


class Kept(Record):
    """An object as it was played. `reference` is what it became: a volume's or secret's name, a service's id."""

    kind: str
    namespace: str
    name: str
    play: str
    hash: str
    reference: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return kind, namespace and name."""
        return self.kind, self.namespace, self.name


class KeptPod(Record):
    """A pod that was made for an object. `abandoned`: whoever was making it was killed."""

    pod_id: str
    pod_name: str
    kind: str
    namespace: str
    name: str
    number: int
    hash: str
    abandoned: bool = False
    outcome: str = ""

    @property
    def owner(self) -> tuple[str, str, str]:
        """Return kind, namespace and name of the object."""
        return self.kind, self.namespace, self.name


def kept_objects(session: Session, play: str = "") -> list[Kept]:
    """Return what was played, oldest first: all, or one play's."""
    rows = session.db.rows("SELECT * FROM kube_objects WHERE ? IN ('', play) ORDER BY created_at_ns, rowid", (play,))
    return [
        Kept(
            kind=row["kind"], namespace=row["namespace"], name=row["name"], play=row["play"], hash=row["hash"],
            reference=row["reference"],
        )
        for row in rows
    ]  # fmt: skip


def keep_object(session: Session, plan: ObjectPlan, play: str, reference: str = "") -> None:
    """Write an object down, or what has become of it."""
    session.db.change(
        "INSERT INTO kube_objects (kind, namespace, name, play, hash, manifest, reference, state, owner, created_at_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'ready', ?, ?) ON CONFLICT (kind, namespace, name) DO UPDATE SET"
        " expires_at_ns = CASE hash WHEN excluded.hash THEN expires_at_ns ELSE 0 END,"
        " play = excluded.play, hash = excluded.hash, manifest = excluded.manifest, reference = excluded.reference",
        (plan.kind, plan.namespace, plan.name, play, plan.hash, plan.manifest, reference, owners.me(), time.time_ns()),
    )


def forget_object(session: Session, key: tuple[str, str, str]) -> None:
    """Forget an object."""
    session.db.change("DELETE FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", key)


def kept_pods(session: Session, wanted: Iterable[tuple[str, str, str]] | None = None) -> list[KeptPod]:
    """Return the pods made for objects: all, or those of some (by kind, namespace and name), in their order."""
    rows = session.db.rows(
        "SELECT k.*, p.name AS pod_name FROM kube_pods k JOIN pods p ON p.id = k.pod_id"
        " ORDER BY k.kind, k.namespace, k.name, k.number"
    )
    keys = None if wanted is None else set(wanted)
    return [
        _pod_of(row) for row in rows if keys is None or (row["kind"], row["namespace"], row["name"]) in keys
    ]  # fmt: skip


def _pod_of(row: Any) -> KeptPod:
    return KeptPod(
        pod_id=row["pod_id"],
        pod_name=row["pod_name"],
        kind=row["kind"],
        namespace=row["namespace"],
        name=row["name"],
        number=row["number"],
        hash=row["hash"],
        abandoned=not row["complete"] and owners.is_gone(row["maker"]),
        outcome=row["outcome"],
    )


def mark_complete(session: Session, pod_id: str) -> None:
    """Write down that all containers of a pod have been made."""
    session.db.change("UPDATE kube_pods SET complete = 1 WHERE pod_id = ?", (pod_id,))


def claim(session: Session, pod_id: str) -> None:
    """Write down that this process is about to start a pod; it counts as running from now on."""
    session.db.change("UPDATE kube_pods SET maker = ? WHERE pod_id = ?", (owners.me(), pod_id))


def let_go(session: Session, pod_id: str) -> None:
    """Write down that nobody is at work on a pod any more."""
    session.db.change("UPDATE kube_pods SET maker = '' WHERE pod_id = ?", (pod_id,))


def read_sources(session: Session) -> Sources:
    """Return config maps and secrets that were played before, or are in the store, and what is known of this node."""
    config_maps = {
        f"{row['namespace']}/{row['name']}": config_map_entries(parse_json(row["manifest"]))
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
    return Sources(config_maps=config_maps, secrets=secrets, node_name=node_name(), host_ips=node_addresses())


def _entries_of(content: bytes, name: str) -> Entries:
    """Return a secret's entries: what `keep` wrote as JSON, else the whole of it under its own name."""
    try:
        value = parse_json(content, subject=name)
    except Corrupt:
        value = None
    if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return {key: each.encode("utf-8", "surrogateescape") for key, each in value.items()}
    return {name: content}
