"""Remove a volume and, with `force`, the containers that use it (podman's `volume rm -f`)."""

from __future__ import annotations

from pycman.containers.end.remove import remove_container
from pycman.errors import NotFound
from pycman.volumes.remove import VolumeInUse, remove_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session

_ROUNDS = 10
"""Attempts: another command may create a container with the volume while the others are removed."""


def remove_volume_and_users(session: Session, name: str, *, force: bool = False) -> str:
    """Remove a volume and return its name; `force` removes the containers that use it first. Raises NotFound, VolumeInUse."""
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
                    continue  # removed together with one before it, or by --rm
    return remove_volume(session, name, force=force)
