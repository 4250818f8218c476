"""The exit status of a container that has exited, even if it was removed since (--rm)."""

from __future__ import annotations

from pycman.containers.catalogue import find_container, row_of
from pycman.errors import NotFound
from pycman.linux.processes import wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def wait_for_status(session: Session, container_id: str) -> int:
    """Return the exit status of a container that has exited, after waiting up to 10 s for conmon's exit command.

    Of a removed container it is taken from the event "died"; 0 if that was pruned.
    """
    try:
        row = row_of(session, container_id)
    except NotFound:
        return _status_in_events(session, container_id)
    wait_gone(row["conmon_pid"], row["conmon_start"], 10)
    container = find_container(session, container_id)
    return _status_in_events(session, container_id) if container is None else container.exit_status


def _status_in_events(session: Session, container_id: str) -> int:
    from pycman.state.events import of_actor  # after --rm the status survives only in the events table

    died = of_actor(session.db, container_id, "died")
    return int(died[-1].attributes.get("exit_status", "0")) if died else 0
