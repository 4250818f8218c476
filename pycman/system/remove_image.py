"""Remove an image and, with `force`, the containers created from it (podman's `rmi -f`)."""

from __future__ import annotations

from pycman.images.remove import ImageInUse, remove_image
from pycman.system.remove_with_users import remove_with_users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.images.image import RemoveReport
    from pycman.state.session import Session


def remove_image_and_users(session: Session, name: str, *, force: bool = False, prune: bool = True) -> RemoveReport:
    """Remove a name or an image; `force` removes the containers created from it first. Raises NotFound, ImageInUse."""
    return remove_with_users(
        session, lambda: remove_image(session, name, force=force, prune=prune), ImageInUse, force=force, volumes=True
    )
