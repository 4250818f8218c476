"""Remove a volume and, with `force`, the containers that use it (podman's `volume rm -f`)."""

from __future__ import annotations

from pycman.system.remove_with_users import remove_with_users
from pycman.volumes.remove import VolumeInUse, remove_volume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def remove_volume_and_users(
    session: Session, name: str, *, force: bool = False, timeout_s: int | None = None, keep_containers: bool = False
) -> str:
    """Remove a volume and return its name. Raises NotFound, VolumeInUse.

    `force` unmounts it, and unless `keep_containers` removes the containers that use it first; `timeout_s` is what running
    ones are given to stop before they are killed (None: as `rm -f`).
    """
    return remove_with_users(
        session,
        lambda: remove_volume(session, name, force=force),
        VolumeInUse,
        force=force and not keep_containers,
        timeout_s=timeout_s,
    )
