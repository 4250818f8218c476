"""Leases: what a running pull, load or commit needs, so that removal and prune keep it."""

from __future__ import annotations

import time

from pycman.contexts import contextmanager
from pycman.state import owners

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pycman.state.database import Database


class Lease:
    """The blobs, layers and images that one operation of this process needs. No boot outlives it, so nothing waits for the disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = owners.me()
        self._ids: list[int] = []

    def add(self, kind: str, subject: str) -> None:
        """Lease one object. `kind` is blob, layer (`subject` is its chain id), image or renewal (containers/create/renew.py)."""
        with self._database.transaction(durable=False):
            self._database.change(
                "INSERT INTO leases (owner, kind, subject, created_at_ns) VALUES (?, ?, ?, ?)",
                (self._owner, kind, subject, time.time_ns()),
            )
            self._ids.append(self._database.value("SELECT last_insert_rowid()"))

    def reopen(self, database: Database) -> None:
        """Go on with another connection: this process, or the one that it was forked from, has closed the first."""
        self._database = database

    def begin_in_child(self, database: Database) -> None:
        """In a forked child: lease for the process that it was forked from, which releases what `ids` has in the end."""
        self._database = database
        self._ids = []

    @property
    def ids(self) -> list[int]:
        """Return what has been leased, for `take_over`."""
        return self._ids

    def take_over(self, ids: list[int]) -> None:
        """Take what a child has leased."""
        self._ids += ids

    def release(self) -> None:
        """Release all objects."""
        if not self._ids:
            return
        with self._database.transaction(durable=False):
            for lease_id in self._ids:
                self._database.change("DELETE FROM leases WHERE id = ?", (lease_id,))
        self._ids.clear()


@contextmanager
def lease(database: Database) -> Iterator[Lease]:
    """Yield a Lease that is released at the end of the block."""
    opened = Lease(database)
    try:
        yield opened
    finally:
        opened.release()


def is_leased(database: Database, kind: str, subject: str) -> bool:
    """Say whether a live process has leased an object; delete the leases of dead processes."""
    leased = False
    for row in database.rows("SELECT id, owner FROM leases WHERE kind = ? AND subject = ?", (kind, subject)):
        if owners.is_gone(row["owner"]):
            database.change("DELETE FROM leases WHERE id = ?", (row["id"],))
        else:
            leased = True
    return leased


def drop_dead(database: Database) -> None:
    """Delete the leases of dead processes, but not records of renewals: the next one goes by them (containers/create/renew.py)."""
    for row in database.rows("SELECT id, owner FROM leases WHERE kind != 'renewal'"):
        if owners.is_gone(row["owner"]):
            database.change("DELETE FROM leases WHERE id = ?", (row["id"],))
