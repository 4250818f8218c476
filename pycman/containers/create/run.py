"""`run`: create a container and start it."""

from __future__ import annotations

from pycman.containers.attach.start_attached import start_container
from pycman.containers.create.create import create_container
from pycman.containers.end.remove import remove_quietly
from pycman.errors import PycmanError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.runtime.attach import Streams
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def run_container(
    session: Session, spec: ContainerSpec, *, streams: Streams | None = None, progress: Any = None
) -> tuple[str, int]:
    """Create a container and start it; with `streams` stay attached until it exits. Returns (id, exit status).

    A container that fails to start is kept in state created, with the error in its row; with --rm it is removed. Raises
    what `create_container` and `start_container` raise.
    """
    container_id = create_container(session, spec, progress=progress)
    try:
        return start_container(session, container_id, streams=streams)
    except PycmanError as error:
        if spec.auto_remove and error.reference != "detached":
            remove_quietly(session, container_id)
        raise
    except BaseException:  # the end of this command, or a fault of ours: nobody will ever start or remove it
        if spec.auto_remove and not _has_started(session, container_id):
            remove_quietly(session, container_id)
        raise


def _has_started(session: Session, container_id: str) -> bool:
    return bool(session.db.value("SELECT started_at_ns FROM containers WHERE id = ?", (container_id,)))
