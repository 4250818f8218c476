"""`rmi -f`: an image and the containers made of it (podman), which only a room above both may remove."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.errors import NotFound
from pycman.images.catalogue import RemoveReport
from pycman.images.remove import ImageInUse, remove_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ROUNDS = 10
"""Somebody may create a container of the image while its others are being removed."""


def remove_image_and_users(session: Session, name: str, *, force: bool = False, prune: bool = True) -> RemoveReport:
    """Remove a name or image; with `force` also the containers made of it. Raises NotFound, InUse."""
    for _ in range(_ROUNDS):
        try:
            return remove_image(session, name, force=force, prune=prune)
        except ImageInUse as error:
            if not force:
                raise
            _remove_containers(session, error.containers)
    return remove_image(session, name, force=force, prune=prune)


def _remove_containers(session: Session, containers: tuple[str, ...]) -> None:
    for container in containers:
        try:
            remove_container(session, container, force=True, volumes=True, depend=True)
        except NotFound:
            continue  # it went with one before it, or by itself
