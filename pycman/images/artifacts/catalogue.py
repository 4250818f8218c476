"""The rows of artifacts: find, list, put, remove."""

from __future__ import annotations

import time

from pycman.digest import digest_bytes
from pycman.errors import InvalidInput, NotFound
from pycman.images.artifacts.artifact import Artifact
from pycman.images.lookup import full_name
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.images.manifest import Manifest
    from pycman.state.session import Session

_HEX = frozenset("0123456789abcdef")


def find_artifact(session: Session, name: str) -> Artifact | None:
    """Return the artifact of a name, a digest or a unique start of a digest; None if there is none. Raises InvalidInput."""
    rows = _rows(session, name)
    return _artifact(rows[0]) if rows else None


def _rows(session: Session, name: str) -> list[Any]:
    """Return the row that has a name, else all those of a digest. Raises InvalidInput for a start of several digests."""
    bare, at, digest = name.partition("@")
    for candidate in _names(bare) if not name.startswith("sha256:") else ():
        row = session.db.row("SELECT * FROM artifacts WHERE name = ?", (candidate,))
        if row is not None and (not at or row["digest"] == digest):
            return [row]
    start = name.removeprefix("sha256:")
    if not start or not _HEX.issuperset(start):
        return []
    rows = session.db.rows("SELECT * FROM artifacts WHERE substr(digest, 8, ?) = ? ORDER BY name", (len(start), start))
    if len({row["digest"] for row in rows}) > 1:
        raise InvalidInput("more than one artifact has this digest", subject=name, hint="use a longer prefix")
    return list(rows)


def _names(name: str) -> tuple[str, ...]:
    """Return the names that a user's text may stand for: as given, on localhost, on docker.io."""
    local = full_name(name)
    return (local, full_name(f"docker.io/{name}")) if local.startswith("localhost/") else (local,)


def get_artifact(session: Session, name: str) -> Artifact:
    """Return the artifact of a name or digest. Raises NotFound, InvalidInput."""
    found = find_artifact(session, name)
    if found is None:
        raise NotFound(
            "no such artifact",
            subject=name,
            hint="pycman artifact ls lists them",
            code="no-such-artifact",
            facts={"name": name if _HEX.issuperset(name.removeprefix("sha256:")) else _names(name)[0]},
        )
    return found


def _artifact(row: Any) -> Artifact:
    return Artifact(
        name=row["name"], digest=row["digest"], manifest=row["manifest"].encode(), created_at_ns=row["created_at_ns"]
    )


def list_artifacts(session: Session) -> list[Artifact]:
    """Return all artifacts, sorted by name."""
    return [_artifact(row) for row in session.db.rows("SELECT * FROM artifacts ORDER BY name")]


def put_artifact(session: Session, name: str, raw: bytes, parsed: Manifest) -> str:
    """Insert an artifact under a full name, or put it in the place of the one there; return the manifest's digest."""
    digest = digest_bytes(raw)
    blobs = dict.fromkeys((parsed.config.digest, *(layer.digest for layer in parsed.layers)))
    with session.db.transaction():
        session.db.change("DELETE FROM artifacts WHERE name = ?", (name,))
        session.db.change(
            "INSERT INTO artifacts (name, digest, manifest, created_at_ns) VALUES (?, ?, ?, ?)",
            (name, digest, raw.decode(), time.time_ns()),
        )
        for blob in blobs:
            session.db.change("INSERT INTO artifact_blobs (name, digest) VALUES (?, ?)", (name, blob))
    return digest


def remove_artifact(session: Session, name: str) -> str:
    """Remove the artifact of a name, or of a digest with all its names; return its digest. Raises NotFound, InvalidInput."""
    from pycman.storage.gc import collect_garbage  # only imported to remove

    session.enter_namespaces()
    with session.db.transaction():
        digest = get_artifact(session, name).digest
        for row in _rows(session, name):
            session.db.change("DELETE FROM artifacts WHERE name = ?", (row["name"],))
            events.append(session.db, "artifact", "remove", digest, name=row["name"])
    collect_garbage(session)
    return digest
