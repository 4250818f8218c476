"""How much a container takes on disk (`ps --size`, `inspect --size`)."""

from __future__ import annotations

from pycman.containers.catalogue import get_row
from pycman.storage.usage import tree_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def upper_size(session: Session, container_id: str) -> int:
    """Return the bytes of a container's writable layer; it is walked for that."""
    return tree_size(session.paths.upper(container_id))


def container_size(session: Session, name: str) -> tuple[int, int]:
    """Return the bytes of the writable layer, and those of writable layer and image together. Raises NotFound."""
    session.enter_namespaces()
    row = get_row(session, name)
    writable = upper_size(session, row["id"])
    image = session.db.value("SELECT size_bytes FROM images WHERE id = ?", (row["image_id"],)) or 0
    return writable, writable + int(image)
