"""Make a running container anew from another image under its name, and go back to the old one if the new one does not start.

the old one gets another name ──▶ create the new one ──▶ stop the old one ──▶ start the new one ──▶ remove the old one
                                          └────── failed ───────┴───────────────────────┴──▶ remove the new one; the old one has
                                                                                             its name again and is started
A lease of kind "renewal" holds the old one's id and name meanwhile: where its owner was killed, `finish_renewals` goes on or back.
"""

from __future__ import annotations

from pycman.containers.catalogue import find_id, get_container, row_of, spec_of
from pycman.containers.change.rename import rename_container
from pycman.containers.create.create import create_container
from pycman.containers.create.without_image import without_image
from pycman.containers.end.remove import remove_container, remove_quietly
from pycman.containers.end.stop import stop_container
from pycman.containers.start.start import start_in_background
from pycman.errors import InUse, PycmanError, RuntimeFailed
from pycman.images.catalogue import image_of_id
from pycman.plan import crash_point
from pycman.state import owners
from pycman.state.leases import lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.state.leases import Lease
    from pycman.state.session import Session

_RENEWAL = "renewal"


def renew_container(session: Session, container_id: str, image: str, *, go_back: bool = True) -> str:
    """Make a container anew from `image` and return the new one's id; its anonymous volumes are new.

    Raises InUse (other containers use its namespaces), and NotRenewed: then the old container, or one like it, runs again, unless
    `go_back` is false and the new one stays as it is.
    """
    with lease(session.db) as record:
        return _renew(session, container_id, image, record, go_back=go_back)


def _renew(session: Session, container_id: str, image: str, record: Lease, *, go_back: bool) -> str:
    row = row_of(session, container_id)
    if session.db.value("SELECT 1 FROM container_needs WHERE needed_id = ?", (container_id,)) is not None:
        raise InUse("other containers use its namespaces", subject=row["name"], hint="make them anew by hand")
    name, old = row["name"], spec_of(row)
    config = image_of_id(session, row["image_id"]).config.get("config") or {}
    new = without_image(old, config).replace(image=image, name=name, pull="never")
    record.add(_RENEWAL, f"{container_id} {name}")
    rename_container(session, container_id, f"{name}-before-update")
    crash_point("renew:aside")
    new_id = ""
    try:
        new_id = create_container(session, new)
        crash_point("renew:created")
        stop_container(session, container_id)
        crash_point("renew:stopped")
        start_in_background(session, new_id)
    except PycmanError as error:
        if new_id and not go_back:
            raise
        _go_back(session, container_id, new_id, old.replace(image=row["image_id"], name=name, pull="never"))
        raise NotRenewed(str(error), subject=name) from error
    crash_point("renew:started")
    if find_id(session, container_id) is not None:  # with --rm it went when it was stopped
        remove_container(session, container_id, volumes=True)
    return new_id


def finish_renewals(session: Session) -> list[PycmanError]:
    """Finish what killed commands began: a new one that runs stays, else the old one runs under its name again; return what failed."""
    errors: list[PycmanError] = []
    for row in session.db.rows("SELECT id, owner, subject FROM leases WHERE kind = ?", (_RENEWAL,)):
        if not owners.is_gone(row["owner"]):
            continue
        taken = "UPDATE leases SET owner = ? WHERE id = ? AND owner = ?"
        if not session.db.change(taken, (owners.me(), row["id"], row["owner"])):
            continue  # another command finishes it
        old_id, _, name = row["subject"].partition(" ")
        try:
            _finish(session, old_id, name)
        except PycmanError as error:
            errors.append(error)
        session.db.change("DELETE FROM leases WHERE id = ?", (row["id"],))
    return errors


def _finish(session: Session, old_id: str, name: str) -> None:
    if find_id(session, old_id) is None:
        return
    new_id = session.db.value("SELECT id FROM containers WHERE name = ?", (name,))
    if new_id == old_id:  # killed before it got another name
        return
    if new_id is not None and get_container(session, new_id).running:
        remove_container(session, old_id, force=True, volumes=True)
        return
    if new_id is not None:
        remove_quietly(session, new_id)
    rename_container(session, old_id, name)
    if not get_container(session, old_id).running:
        start_in_background(session, old_id)


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
    if not get_container(session, old_id).running:
        start_in_background(session, old_id)
