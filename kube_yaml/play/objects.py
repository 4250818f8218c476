"""The database's tables of what was played: objects (kube_objects) and the pods created for them (kube_pods)."""

from __future__ import annotations

import time

from pycman.record import Record
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from kube_yaml.translate.plans import ObjectPlan
    from pycman.state.session import Session


class StoredObject(Record):
    """An object as it was played. `reference` names what it became: the name of a volume or secret, the id of a service."""

    kind: str
    namespace: str
    name: str
    play: str
    hash: str
    reference: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return kind, namespace and name: the primary key."""
        return self.kind, self.namespace, self.name


class StoredPod(Record):
    """A pod that was created for an object. `abandoned`: it is not complete, and the command that was creating it was killed."""

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


def stored_objects(session: Session, play: str = "") -> list[StoredObject]:
    """Return the objects of all plays, or of one, oldest first."""
    rows = session.db.rows("SELECT * FROM kube_objects WHERE ? IN ('', play) ORDER BY created_at_ns, rowid", (play,))
    return [
        StoredObject(
            kind=row["kind"], namespace=row["namespace"], name=row["name"], play=row["play"], hash=row["hash"],
            reference=row["reference"],
        )
        for row in rows
    ]  # fmt: skip


def store_object(session: Session, plan: ObjectPlan, play: str, reference: str = "") -> None:
    """Insert or update the row of an object. A changed hash cancels the expiry of a Job."""
    session.db.change(
        "INSERT INTO kube_objects (kind, namespace, name, play, hash, manifest, reference, state, owner, created_at_ns)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'ready', ?, ?) ON CONFLICT (kind, namespace, name) DO UPDATE SET"
        " expires_at_ns = CASE hash WHEN excluded.hash THEN expires_at_ns ELSE 0 END,"
        " play = excluded.play, hash = excluded.hash, manifest = excluded.manifest, reference = excluded.reference",
        (plan.kind, plan.namespace, plan.name, play, plan.hash, plan.manifest, reference, owners.me(), time.time_ns()),
    )


def delete_object(session: Session, key: tuple[str, str, str]) -> None:
    """Delete the row of an object."""
    session.db.change("DELETE FROM kube_objects WHERE kind = ? AND namespace = ? AND name = ?", key)


def stored_pods(session: Session, owner_keys: Iterable[tuple[str, str, str]] | None = None) -> list[StoredPod]:
    """Return the pods created for objects, for all or for those with these keys (kind, namespace, name), in their order."""
    rows = session.db.rows(
        "SELECT k.*, p.name AS pod_name FROM kube_pods k JOIN pods p ON p.id = k.pod_id"
        " ORDER BY k.kind, k.namespace, k.name, k.number"
    )
    keys = None if owner_keys is None else set(owner_keys)
    return [
        _pod_of(row) for row in rows if keys is None or (row["kind"], row["namespace"], row["name"]) in keys
    ]  # fmt: skip


def _pod_of(row: Any) -> StoredPod:
    return StoredPod(
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
    """Record that all containers of a pod have been created."""
    session.db.change("UPDATE kube_pods SET complete = 1 WHERE pod_id = ?", (pod_id,))


def claim_pod(session: Session, pod_id: str) -> None:
    """Record that this process is about to start a pod, which counts as running from now on (`maker`)."""
    with session.db.transaction(durable=False):
        session.db.change("UPDATE kube_pods SET maker = ? WHERE pod_id = ?", (owners.me(), pod_id))


def release_pod(session: Session, pod_id: str) -> None:
    """Record that this process has finished creating or starting a pod."""
    with session.db.transaction(durable=False):
        session.db.change("UPDATE kube_pods SET maker = '' WHERE pod_id = ?", (pod_id,))
