"""Rows of finished steps, by the key that `pycman.build.plan.keys` makes.

A step is used again only on the layers it was done on: a parent that was built again may have come out differently.
"""

from __future__ import annotations

import time

from pycman.build.stack import StepResult
from pycman.images.image import ImageLayer
from pycman.jsontext import format_json, parse_json
from pycman.storage.blobs import has_blob
from pycman.storage.layers import find_layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.build.stack import Stack
    from pycman.state.session import Session

_COLUMNS = (
    "key, parent_key, text, inputs, parent_chain_id, chain_id, diff_id, blob_digest, blob_media_type, blob_size_bytes,"
    " size_bytes, created_at_ns, used_at_ns"
)


def find_step(session: Session, key: str, stack: Stack, *, not_before_ns: int = 0) -> StepResult | None:
    """Return what the step with this key left on `stack`; None if it is unknown, too old, or its layer is lost."""
    row = session.db.row(f"SELECT {_COLUMNS} FROM build_steps WHERE key = ?", (key,))
    if row is None or row["parent_chain_id"] != stack.chain_id or row["created_at_ns"] < not_before_ns:
        return None
    if row["chain_id"] == stack.chain_id:
        return StepResult(stack=stack, layer=None, created_at_ns=row["created_at_ns"])
    if find_layer(session, row["chain_id"]) is None and not has_blob(session, row["blob_digest"]):
        return None
    layer = ImageLayer(
        chain_id=row["chain_id"],
        diff_id=row["diff_id"],
        blob_digest=row["blob_digest"],
        blob_media_type=row["blob_media_type"],
        blob_size_bytes=row["blob_size_bytes"],
    )
    return StepResult(
        stack=stack.with_layer(layer), layer=layer, created_at_ns=row["created_at_ns"], size_bytes=row["size_bytes"]
    )


def has_children(session: Session, key: str) -> bool:
    """Say whether any step was ever recorded after the step with this key."""
    return session.db.value("SELECT 1 FROM build_steps WHERE parent_key = ? LIMIT 1", (key,)) is not None


def children(session: Session, parent_key: str) -> list[list[tuple[str, str]]]:
    """Return the inputs of the steps recorded after a step, newest first: what `explain` compares with."""
    rows = session.db.rows(
        "SELECT inputs FROM build_steps WHERE parent_key = ? ORDER BY created_at_ns DESC LIMIT 50", (parent_key,)
    )
    return [[(str(name), str(value)) for name, value in parse_json(row["inputs"])] for row in rows]


class Recorder:
    """Collects the rows of a build; `write` inserts them in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._new: list[tuple[object, ...]] = []
        self._used: list[str] = []

    def add(
        self, key: str, parent_key: str, text: str, inputs: Sequence[tuple[str, str]], before: Stack, result: StepResult
    ) -> None:
        """Record a step that was carried out. Its inputs must have no secret."""
        layer = result.layer
        self._new.append(
            (
                key, parent_key, text, format_json([list(pair) for pair in inputs]), before.chain_id,
                result.stack.chain_id, layer.diff_id if layer else "", layer.blob_digest if layer else "",
                layer.blob_media_type if layer else "", layer.blob_size_bytes if layer else 0, result.size_bytes,
                result.created_at_ns, time.time_ns(),
            )
        )  # fmt: skip

    def use(self, key: str) -> None:
        """Record that a step was found."""
        self._used.append(key)

    def write(self) -> None:
        """Insert what was collected."""
        if not self._new and not self._used:
            return
        with self._session.db.transaction():
            for row in self._new:
                self._session.db.change(
                    f"INSERT OR REPLACE INTO build_steps ({_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row
                )
            now = time.time_ns()
            for key in self._used:
                self._session.db.change(
                    "UPDATE build_steps SET used_at_ns = ?, uses = uses + 1 WHERE key = ?", (now, key)
                )
        self._new.clear()
        self._used.clear()
