"""Start a container: mounts, bundle, conmon with the runtime's create, then the runtime's start.

The row gets this boot's id before the first step and the pid after the last, so a killed start is known by a boot id
without a process and undone by the next command (cleanup.py).
"""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import get_id, row_of, spec_of
from pycman.containers.start.initialize import initialize, ready_row
from pycman.containers.start.run_process import after_start, start_process
from pycman.errors import WrongState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.containers.networks.connection import Connection
    from pycman.state.session import Session


_EARLY_NS = 10_000_000
"""How much too early a restart's timer may ring."""


def initialize_container(session: Session, name: str) -> str:
    """Make namespaces and mounts of a container without starting its process (`init`); return its id."""
    session.enter_namespaces()
    container_id = get_id(session, name)
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        row = ready_row(session, container_id, name)
        if states.state_of(row) in states.ALIVE:
            raise WrongState(f"container is {states.state_of(row)} already", subject=name)
        initialize(session, row, spec_of(row))
    return container_id


def start_in_background(
    session: Session,
    container_id: str,
    name: str = "",
    *,
    is_restart: bool = False,
    pending: list[Connection] | None = None,
) -> None:
    """Start a container unless it runs; `is_restart` counts it (restart policy).

    Of a sandbox without a process, what its network lacks when its members can be made is left in `pending`: they are not
    run before that is there, and the caller has to `complete` it.
    """
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        if is_restart:
            row = row_of(session, container_id, name)
            if row["stopped_by_user"] or not 0 < row["restart_at_ns"] <= time.time_ns() + _EARLY_NS:
                return  # stopped or started while the restart waited; if it has ended again, its end is another's to handle
        row = ready_row(session, container_id, name or container_id)
        state = states.state_of(row)
        if state in (states.RUNNING, states.PAUSED):
            return
        spec = spec_of(row)
        if state != states.INITIALIZED:
            initialize(session, row, spec, pending=pending)
        if spec.pod_id and spec.network.kind == "container":
            _await_names(session, spec.network.value)
        more = start_process(session, container_id, is_restart=is_restart)
    if more:
        after_start(session, container_id)


def _await_names(session: Session, infra_id: str) -> None:
    """Wait until the network of a sandbox without a process is complete: who makes it holds the lock as long."""
    if session.db.value("SELECT pinned FROM containers WHERE id = ?", (infra_id,)):
        with session.lock("network", "all"):
            return


def start_sandbox_of(session: Session, container_id: str) -> None:
    """Start the infra container of the pod that a container is a member of, if it does not run."""
    infra = session.db.value(
        "SELECT i.id FROM containers c JOIN containers i ON i.pod_id = c.pod_id AND i.is_infra = 1"
        " WHERE c.id = ? AND c.pod_id != '' AND c.is_infra = 0",
        (container_id,),
    )
    if infra is not None:
        start_in_background(session, str(infra))
