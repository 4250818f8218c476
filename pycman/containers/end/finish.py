"""What follows from a container's exit for the container itself: clean up, then restart or remove it.

    its process has exited ──┬─ --rm ──▶ removed (remove.py), which releases what it used
                             └─ else ──▶ clean_up (cleanup/) ──┬─ restart policy ──▶ started again, at once or by the supervisor
                                                               └─ else ──▶ kept, state exited

What follows for its pod is in `pod_end.py`; `after_exit.py` calls both.
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import row_of, spec_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited, record_exit_if_exited
from pycman.containers.end.remove import remove_locked
from pycman.errors import NotFound, PycmanError
from pycman.linux.files import remove_tree
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.session import Session

_LONGEST_SLEEP_NS = 250_000_000
"""The command that cleans up sleeps delays up to this by itself; longer ones are left to the supervisor."""


class Finished(Record):
    """How a container ended: exit status, the id of its pod if it is a member of one, whether it will be restarted."""

    exit_status: int = 0
    pod_id: str = ""
    restarts: bool = False


def finish_container(session: Session, container_id: str) -> Finished | None:
    """Clean up after a container's exit, then restart or remove it; None if it was removed before or still runs.

    For a member of a pod the caller then calls `pod_end.after_member_end`.
    """
    with session.lock("container", container_id):
        try:
            row = row_of(session, container_id)
        except NotFound:
            remove_tree(session.paths.lock("container", container_id))  # taking it has made the file anew
            return None
        if states.has_process(row):
            return None
        if row["auto_remove"] and row["started_at_ns"]:
            row = record_exit_if_exited(session, row)
            remove_locked(session, row, volumes=True)
            if spec_of(row).auto_remove_image:
                _remove_image(session, row)
        else:
            row = clean_up_if_exited(session, row)
    restarts = restart_if_planned(session, row)
    pod_id = "" if row["is_infra"] else row["pod_id"]
    return Finished(exit_status=int(row["exit_status"]), pod_id=pod_id, restarts=restarts)


def restart_if_planned(session: Session, row: Mapping[str, Any]) -> bool:
    """Have a container restarted, now or when it is due, whose cleanup has planned that in its row; return whether it has. Nobody holds its lock."""
    if row["restart_at_ns"]:
        _restart_after(session, row["id"], row["restart_at_ns"] - time.time_ns())
    return bool(row["restart_at_ns"])


def _remove_image(session: Session, row: Mapping[str, Any]) -> None:
    """Remove the container's image by the name it was created from; one that is in use is a warning."""
    from pycman.images.remove import remove_image  # only imported for --rmi

    try:
        remove_image(session, row["image_name"] or row["image_id"])
    except PycmanError as error:
        session.warnings.append(str(error))


def _restart_after(session: Session, container_id: str, delay_ns: int) -> None:
    if delay_ns > _LONGEST_SLEEP_NS:
        from pycman.containers.hooks.wake_supervisor import wake_supervisor  # only for a later restart

        wake_supervisor(session)
        return
    from pycman.containers.start.start import start_in_background  # 4 ms, only imported to restart

    time.sleep(max(0, delay_ns) / 1e9)
    try:
        start_in_background(session, container_id, is_restart=True)
    except PycmanError:
        return  # already recorded in the row and the events
