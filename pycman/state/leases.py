"""Leases: what a running pull, build or commit still needs, so that removal and pruning leave it alone."""

from __future__ import annotations

import time

from pycman.contexts import contextmanager
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.state.database import Database


class Lease:
    """Holds blobs, layers and images for one operation of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = owners.me()
        self._ids: list[int] = []

    def add(self, kind: str, subject: str) -> None:
        """Hold one thing: kind blob, layer (by chain id) or image."""
        with self._database.transaction():
            self._database.change(
                "INSERT INTO leases (owner, kind, subject, created_at_ns) VALUES (?, ?, ?, ?)",
                (self._owner, kind, subject, time.time_ns()),
            )
            self._ids.append(self._database.value("SELECT last_insert_rowid()"))

    def release(self) -> None:
        """Let everything go."""
        for identity in self._ids:
            self._database.change("DELETE FROM leases WHERE id = ?", (identity,))
        self._ids.clear()


@contextmanager
def lease(database: Database) -> Iterator[Lease]:
    """Give a lease for the time of the block."""
    held = Lease(database)
    try:
        yield held
    finally:
        held.release()


def is_leased(database: Database, kind: str, subject: str) -> bool:
    """Say whether a live process holds it; leases of dead ones are dropped."""
    found = False
    for row in database.rows("SELECT id, owner FROM leases WHERE kind = ? AND subject = ?", (kind, subject)):
        if owners.is_gone(row["owner"]):
            database.change("DELETE FROM leases WHERE id = ?", (row["id"],))
        else:
            found = True
    return found
