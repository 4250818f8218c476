"""In which repositories of which registries the blobs of layers were seen, by pulls and pushes of this store.

A push asks the registry to mount such a blob from there. The rows are hints: a registry that declines is sent the bytes. They are
found by the host that is connected to (after registries.conf), so that no registry is told the names of another's repositories.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.registry.client import Client
    from pycman.state.session import Session

_MOST_PLACES = 20_000
_MOUNT_TRIES = 3


def remember(session: Session, client: Client, digests: Iterable[str]) -> None:
    """Record that the client's repository has these blobs."""
    now = time.time_ns()
    with session.db.transaction(durable=False):
        for digest in dict.fromkeys(digests):
            session.db.change(
                "INSERT OR REPLACE INTO blob_places (digest, host, repository, seen_at_ns) VALUES (?, ?, ?, ?)",
                (digest, client.host, client.path, now),
            )
        session.db.change(
            "DELETE FROM blob_places WHERE seen_at_ns <="
            " (SELECT seen_at_ns FROM blob_places ORDER BY seen_at_ns DESC LIMIT 1 OFFSET ?)",
            (_MOST_PLACES,),
        )


def is_known(session: Session, client: Client, digest: str) -> bool:
    """Return whether the blob was seen in the client's own repository."""
    found = session.db.value(
        "SELECT 1 FROM blob_places WHERE digest = ? AND host = ? AND repository = ?", (digest, client.host, client.path)
    )
    return found is not None


def other_repositories(session: Session, client: Client, digest: str) -> list[str]:
    """Return the paths of other repositories of the client's registry with the blob, the latest first, not more than are worth a try."""
    rows = session.db.rows(
        "SELECT repository FROM blob_places WHERE digest = ? AND host = ? AND repository != ?"
        " ORDER BY seen_at_ns DESC LIMIT ?",
        (digest, client.host, client.path, _MOUNT_TRIES),
    )
    return [str(row["repository"]) for row in rows]


def forget(session: Session, client: Client, digest: str, repository: str) -> None:
    """Remove a place from which the registry has not mounted the blob."""
    with session.db.transaction(durable=False):
        session.db.change(
            "DELETE FROM blob_places WHERE digest = ? AND host = ? AND repository = ?",
            (digest, client.host, repository),
        )
