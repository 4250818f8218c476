"""Make a running container anew from another image under its name, and go back to the old one if the new one does not start.

stop ──▶ the old one gets another name ──▶ create and start the new one ──▶ remove the old one
                                                   └─ failed ──▶ remove it, the old one has its name again and is started
"""

from __future__ import annotations

from pycman.containers.catalogue import find_id, row_of, spec_of
from pycman.containers.change.rename import rename_container
from pycman.containers.create.create import create_container
from pycman.containers.create.without_image import without_image
from pycman.containers.end.remove import remove_container, remove_quietly
from pycman.containers.end.stop import stop_container
from pycman.containers.start.start import start_in_background
from pycman.errors import InUse, PycmanError, RuntimeFailed
from pycman.images.catalogue import image_of_id
from pycman.plan import crash_point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def renew_container(session: Session, container_id: str, image: str, *, go_back: bool = True) -> str:
    """Make a container anew from `image` and return the new one's id; its anonymous volumes are new.

    Raises InUse (other containers use its namespaces), and NotRenewed: then the old container, or one like it, runs again, unless
    `go_back` is false and the new one stays as it is.
    """
    row = row_of(session, container_id)
    if session.db.value("SELECT 1 FROM container_needs WHERE needed_id = ?", (container_id,)) is not None:
        raise InUse("other containers use its namespaces", subject=row["name"], hint="make them anew by hand")
    name, old = row["name"], spec_of(row)
    config = image_of_id(session, row["image_id"]).config.get("config") or {}
    new = without_image(old, config).replace(image=image, name=name, pull="never")
    stop_container(session, container_id)
    aside = f"{name}-before-update"
    if find_id(session, container_id) is not None:  # with --rm it went when it was stopped
        rename_container(session, container_id, aside)
    crash_point("renew:aside")
    new_id = ""
    try:
        new_id = create_container(session, new)
        start_in_background(session, new_id)
    except PycmanError as error:
        if not go_back:
            raise
        _go_back(session, container_id, new_id, old.replace(image=row["image_id"], name=name, pull="never"))
        raise NotRenewed(str(error), subject=name) from error
    if find_id(session, container_id) is not None:
        remove_container(session, container_id, volumes=True)
    return new_id


class NotRenewed(RuntimeFailed):
    """A container could not be made anew; what it was runs again."""

    reference = "not-renewed"


def _go_back(session: Session, old_id: str, new_id: str, spec: ContainerSpec) -> None:
    """Remove the new container and start the old one; one that --rm removed is made again, from the image that it had."""
    if new_id:
        remove_quietly(session, new_id)
    if find_id(session, old_id) is None:
        old_id = create_container(session, spec)
    else:
        rename_container(session, old_id, spec.name)
    start_in_background(session, old_id)
