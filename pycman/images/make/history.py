"""The history of an image, joined with the sizes of its layers (image-spec, config.md, "history")."""

from __future__ import annotations

from pycman.images.catalogue import created_at_ns, get_image, image_of_id, layers_of
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.images.image import Image
    from pycman.state.session import Session


class HistoryEntry(Record):
    """One step.

    `id` is the image (64 hex digits) that the step completed, "" if the store has none; sizes are unpacked.
    """

    id: str = ""
    created_at_ns: int = 0
    created_by: str = ""
    size_bytes: int = 0
    comment: str = ""
    empty_layer: bool = False
    tags: tuple[str, ...] = ()


def image_history(session: Session, name: str) -> list[HistoryEntry]:
    """Return the steps of an image, newest first; layers without a history entry are last (oldest).

    Raises NotFound.
    """
    image = get_image(session, name)
    steps = [entry for entry in image.config.get("history") or () if isinstance(entry, dict)]
    sizes = layer_sizes(session, image.id)
    described = sum(1 for step in steps if not step.get("empty_layer"))
    undescribed: list[dict[str, Any]] = [{} for _ in range(len(sizes) - described)]
    steps = undescribed + steps
    images_by_step = _images_by_step(session, image, len(steps))
    entries = []
    for number, step in enumerate(steps):
        empty = bool(step.get("empty_layer"))
        completed = images_by_step.get(number)
        entries.append(
            HistoryEntry(
                id=completed.id if completed else "",
                created_at_ns=created_at_ns(step),
                created_by=str(step.get("created_by") or ""),
                size_bytes=0 if empty or not sizes else sizes.pop(0),
                comment=str(step.get("comment") or ""),
                empty_layer=empty,
                tags=completed.names if completed else (),
            )
        )
    return entries[::-1]


def layer_sizes(session: Session, image_id: str) -> list[int]:
    """Return the unpacked size in bytes of each layer, bottom first; the blob's size if a layer is not unpacked."""
    sizes = []
    for layer in layers_of(session, image_id):
        size = session.db.value("SELECT MAX(size_bytes) FROM layers WHERE chain_id = ?", (layer.chain_id,))
        sizes.append(layer.blob_size_bytes if size is None else int(size))
    return sizes


def _images_by_step(session: Session, image: Image, count: int) -> dict[int, Image]:
    """Return the image and its stored parents by the number of the step that completed each."""
    images: dict[int, Image] = {count - 1: image}
    parent_id = image.parent_id
    while parent_id and session.db.value("SELECT 1 FROM images WHERE id = ?", (parent_id,)) is not None:
        parent = image_of_id(session, parent_id)
        step = max(len(parent.config.get("history") or ()), len(layers_of(session, parent_id))) - 1
        if step in images or step < 0:
            break
        images[step] = parent
        parent_id = parent.parent_id
    return images
