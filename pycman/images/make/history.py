"""The steps an image was made by, joined with its layers (image-spec, config.md, "history")."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.images.catalogue import get_image, image_of_id, layers_of
from pycman.record import Record
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.images.catalogue import Image
    from pycman.state.session import Session


class HistoryEntry(Record):
    """One step. `id` is the image (64 hex digits) that ended with it, "" if that is not here; `size_bytes` unpacked."""

    id: str = ""
    created_at_ns: int = 0
    created_by: str = ""
    size_bytes: int = 0
    comment: str = ""
    empty_layer: bool = False
    tags: tuple[str, ...] = ()


def image_history(session: Session, name: str) -> list[HistoryEntry]:
    """Return the steps of an image, newest first; layers that its history is silent about stand at the end (oldest).

    Raises NotFound.
    """
    image = get_image(session, name)
    steps = [each for each in image.config.get("history") or () if isinstance(each, dict)]
    sizes = layer_sizes(session, image.id)
    told = sum(1 for step in steps if not step.get("empty_layer"))
    silent: list[dict[str, Any]] = [{} for _ in range(len(sizes) - told)]
    steps = silent + steps
    enders = _enders(session, image, len(steps))
    entries = []
    for number, step in enumerate(steps):
        empty = bool(step.get("empty_layer"))
        ender = enders.get(number)
        entries.append(
            HistoryEntry(
                id=ender.id if ender else "",
                created_at_ns=_moment(step),
                created_by=str(step.get("created_by") or ""),
                size_bytes=0 if empty or not sizes else sizes.pop(0),
                comment=str(step.get("comment") or ""),
                empty_layer=empty,
                tags=ender.names if ender else (),
            )
        )
    return entries[::-1]


def layer_sizes(session: Session, image_id: str) -> list[int]:
    """Return the unpacked size in bytes of each layer, bottom first; that of its blob where it is not unpacked."""
    found = []
    for layer in layers_of(session, image_id):
        size = session.db.value("SELECT MAX(size_bytes) FROM layers WHERE chain_id = ?", (layer.chain_id,))
        found.append(layer.blob_size_bytes if size is None else int(size))
    return found


def _enders(session: Session, image: Image, count: int) -> dict[int, Image]:
    """Return which step each known image of the line ended with: the image itself, its parent, and so on."""
    found: dict[int, Image] = {count - 1: image}
    parent_id = image.parent_id
    while parent_id and session.db.value("SELECT 1 FROM images WHERE id = ?", (parent_id,)) is not None:
        parent = image_of_id(session, parent_id)
        step = max(len(parent.config.get("history") or ()), len(layers_of(session, parent_id))) - 1
        if step in found or step < 0:
            break
        found[step] = parent
        parent_id = parent.parent_id
    return found


def _moment(step: Mapping[str, Any]) -> int:
    text = str(step.get("created") or "")
    if not text or text.startswith("0001-"):
        return 0
    try:
        return parse_time_ns(text)
    except InvalidInput:
        return 0
