"""Do what follows from a container's exit: for the container itself (finish.py), then for its pod (pod_end.py).

conmon runs it as its exit command (`container cleanup`); a foreground `run` that holds the cleanup claim runs it in
conmon's place.
"""

from __future__ import annotations

from pycman.containers.catalogue import find_id, get_id, row_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.end.finish import finish_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def after_exit(session: Session, container_id: str) -> int | None:
    """Do what follows from a container's exit; return its exit status, None if it was removed or runs again."""
    finished = finish_container(session, container_id)
    if finished is None:
        return None
    if finished.pod_id:
        from pycman.containers.end.pod_end import after_member_end  # only imported for members of pods

        after_member_end(session, finished)
    return finished.exit_status


def cleanup_container(session: Session, name: str, *, exit_command: bool = False) -> None:
    """Clean up after a container that has exited (`container cleanup`).

    One that has nothing to clean up is left as it is. As conmon's `exit_command` it also restarts or removes the
    container and ends its pod, and does nothing for a container that was removed meanwhile. Raises NotFound otherwise.
    """
    session.enter_namespaces()
    if exit_command:
        if find_id(session, name) is not None:
            after_exit(session, name)
        return
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        clean_up_if_exited(session, row_of(session, container_id))
