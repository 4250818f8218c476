"""Remove an image and, with `force`, the containers created from it (podman's `rmi -f`)."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.errors import NotFound
from pycman.images.image import RemoveReport
from pycman.images.remove import ImageInUse, remove_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ROUNDS = 10
"""Attempts: another command may create a container from the image while the others are removed."""


def remove_image_and_users(session: Session, name: str, *, force: bool = False, prune: bool = True) -> RemoveReport:
    """Remove a name or an image; `force` removes the containers created from it first. Raises NotFound, ImageInUse."""
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
            continue  # removed together with one before it, or by --rm
