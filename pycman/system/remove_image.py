"""Remove an image that containers may use: with them (podman's `rmi -f`), or only its name (docker's)."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.images import lookup
from pycman.images.catalogue import get_id, names_of, untag_image
from pycman.images.image import RemoveReport
from pycman.images.remove import ImageInUse, remove_image
from pycman.system.remove_with_users import remove_with_users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def remove_image_and_users(session: Session, name: str, *, force: bool = False, prune: bool = True) -> RemoveReport:
    """Remove a name or an image; `force` removes the containers created from it first. Raises NotFound, ImageInUse."""
    return remove_with_users(
        session, lambda: remove_image(session, name, force=force, prune=prune), ImageInUse, force=force, volumes=True
    )


def remove_image_keeping_users(session: Session, name: str, *, prune: bool = True) -> RemoveReport:
    """Remove a name or an image; of one that containers use, only its names, and none by id while one of them runs.

    Raises NotFound, InUse, ImageInUse.
    """
    try:
        return remove_image(session, name, force=True, prune=prune)
    except ImageInUse as error:
        image_id = get_id(session, name)
        match = lookup.find_by_name(session, name)
        by_name = match is not None and match[0] == image_id
        names = [match[1]] if match is not None and by_name else names_of(session, image_id)
        running = [row for row in (row_of(session, user) for user in error.containers) if states.has_process(row)]
        if running and not by_name:
            raise ImageInUse(
                f"running container {running[0]['name']} uses it, so it cannot be forced",
                subject=name,
                hint="stop the container first",
                containers=error.containers,
            ) from error
        if not names:
            raise
        untag_image(session, image_id, names)
        return RemoveReport(untagged=tuple(names))
