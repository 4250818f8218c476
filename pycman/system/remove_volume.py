"""`volume rm -f`: a volume and the containers that use it (podman), which only a room above both may remove."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.errors import NotFound
from pycman.volumes.remove import VolumeInUse, remove_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ROUNDS = 10
"""Somebody may create a container with the volume while its others are being removed."""


def remove_volume_and_users(session: Session, name: str, *, force: bool = False) -> str:
    """Remove a volume; with `force` also the containers that use it. Returns its name. Raises NotFound, InUse."""
    for _ in range(_ROUNDS):
        try:
            return remove_volume(session, name, force=force)
        except VolumeInUse as error:
            if not force or not error.containers:
                raise
            for container in error.containers:
                try:
                    remove_container(session, container, force=True, volumes=False, depend=True)
                except NotFound:
                    continue  # it went with one before it, or by itself
    return remove_volume(session, name, force=force)
