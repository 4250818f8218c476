"""Pause and unpause: freeze and thaw a container's cgroup."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.bundle.cgroup_path import present_path
from pycman.containers.catalogue import get_id, row_of
from pycman.containers.cleanup.cleanup import clean_up_if_exited
from pycman.containers.events import append_event
from pycman.containers.process.kill_all import thaw
from pycman.errors import Unsupported, WrongState
from pycman.runtime.oci_runtimes import choose_runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.session import Session


def pause_container(session: Session, name: str) -> str:
    """Freeze a running container (cgroup freezer); return its id.

    Raises NotFound, NotRunning, WrongState (it is paused, or a pinned sandbox), Unsupported without a cgroup of its
    own.
    """
    return _freeze(session, name, paused=True)


def unpause_container(session: Session, name: str) -> str:
    """Thaw a paused container; return its id. Raises NotFound, WrongState."""
    return _freeze(session, name, paused=False)


def _require_cgroup(row: Any) -> None:
    """Raise Unsupported for a container without a cgroup of its own: the freezer works on cgroups."""
    if not present_path(row):
        raise Unsupported(
            "it has no cgroup of its own, so it cannot be frozen", subject=row["name"], hint="run pycman doctor"
        )


def _freeze(session: Session, name: str, *, paused: bool) -> str:
    session.enter_namespaces()
    container_id = get_id(session, name)
    with session.lock("container", container_id):
        row = clean_up_if_exited(session, row_of(session, container_id, name))
        if not paused:
            if states.state_of(session, row) != states.PAUSED:
                raise WrongState("container is not paused", subject=name)
            thaw(session, row)
        else:
            if states.state_of(session, row) == states.PAUSED:
                raise WrongState("container is already paused", subject=name)
            states.require_running(session, row, "paused")
            states.require_process(row)
            _require_cgroup(row)
            choose_runtime(session, row["oci_runtime"]).pause(container_id)
            session.db.change("UPDATE containers SET paused = 1 WHERE id = ?", (container_id,))
        action = "pause" if paused else "unpause"
        append_event(session, row, action)
    return container_id
