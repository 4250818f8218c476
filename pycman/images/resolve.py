"""What a name means in this store, without asking anybody else."""

from __future__ import annotations

from pycman.images.catalogue import Image, find_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def resolve_local(session: Session, text: str) -> Image | None:
    """Return the image that `text` means here: by id, exact name, localhost/, docker.io/ or the search registries."""
    return find_image(session, text)
