"""The names that an image had once, as its events tell them (podman's `images --history`)."""

from __future__ import annotations

from pycman.images.catalogue import get_image
from pycman.state.events import of_actor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def former_names(session: Session, image_id: str) -> list[str]:
    """Return the names that were taken from an image and not given back, the latest first. Raises NotFound."""
    names = set(get_image(session, image_id).names)
    found = [event.actor_name for event in reversed(of_actor(session.db, image_id, "untag"))]
    return [name for name in dict.fromkeys(found) if name and name not in names]
