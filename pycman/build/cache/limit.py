"""The size limit of the cache: of layers that only the cache keeps, those used least lately are forgotten."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

LIMIT_BYTES = 20 << 30
"""Most bytes of layers that the cache keeps alone; docker's default is of this size too."""
_ALONE = "NOT EXISTS (SELECT 1 FROM image_layers i WHERE i.chain_id = build_steps.chain_id)"


def limit_cache(session: Session, limit_bytes: int = LIMIT_BYTES) -> None:
    """Forget the steps that were used least lately, while the layers that only the cache keeps take more than `limit_bytes`.

    One sum in the database, after every build; their directories go with the next garbage collection that it starts.
    """
    total = session.db.value(f"SELECT COALESCE(SUM(size_bytes), 0) FROM build_steps WHERE {_ALONE}")
    if int(total) <= limit_bytes:
        return
    left = int(total)
    for row in session.db.rows(f"SELECT key, size_bytes FROM build_steps WHERE {_ALONE} ORDER BY used_at_ns"):
        if left <= limit_bytes:
            break
        session.db.change("DELETE FROM build_steps WHERE key = ?", (row["key"],))
        left -= int(row["size_bytes"])
    from pycman.storage.gc import collect_garbage  # only imported when the cache is too large

    collect_garbage(session)
