"""What the cache of builds takes: one entry for each step with a layer, and for each cache mount."""

from __future__ import annotations

from pycman.record import Record
from pycman.storage.usage import tree_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


class CacheEntry(Record):
    """One thing in the cache. `kind` is step or mount; `in_use` says that an image has the layer too."""

    id: str
    kind: str
    text: str
    size_bytes: int
    created_at_ns: int
    used_at_ns: int
    uses: int = 0
    in_use: bool = False


def cache_entries(session: Session) -> list[CacheEntry]:
    """Return everything, the last used first."""
    rows = session.db.rows(
        "SELECT key, text, size_bytes, created_at_ns, used_at_ns, uses,"
        " EXISTS (SELECT 1 FROM image_layers i WHERE i.chain_id = build_steps.chain_id) AS in_use FROM build_steps"
    )
    entries = [
        CacheEntry(
            id=row["key"],
            kind="step",
            text=row["text"],
            size_bytes=row["size_bytes"],
            created_at_ns=row["created_at_ns"],
            used_at_ns=row["used_at_ns"],
            uses=row["uses"],
            in_use=bool(row["in_use"]),
        )
        for row in rows
    ]
    mounts = session.db.rows("SELECT name, id, created_at_ns, used_at_ns FROM build_mounts WHERE state = 'ready'")
    if mounts:
        session.enter_namespaces()
    entries += [
        CacheEntry(
            id=row["name"],
            kind="mount",
            text=row["id"],
            size_bytes=tree_size(f"{session.paths.build_mounts}/{row['name']}"),
            created_at_ns=row["created_at_ns"],
            used_at_ns=row["used_at_ns"],
        )
        for row in mounts
    ]
    return sorted(entries, key=lambda entry: entry.used_at_ns, reverse=True)
