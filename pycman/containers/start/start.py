"""Start a container in the background: initialize it, then run its process.

The row gets this boot's id before the first step and the pid after the last: a boot id without a process shows a start
that was killed, and the next command undoes it (cleanup/cleanup.py).
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
    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session


def initialize_container(session: Session, name: str) -> str:
    """Make the namespaces and mounts of a container without starting its process (`init`); return its id.

    Raises NotFound, WrongState if it runs or is initialized, and what the steps of a start raise.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        row = ready_row(session, container_id, name)
        if states.has_process(row):
            raise WrongState(f"container is already {states.state_of(session, row)}", subject=name)
        initialize(session, row, spec_of(row))
    return container_id


def start_in_background(
    session: Session,
    container_id: str,
    name: str = "",
    *,
    is_restart: bool = False,
    inherited: tuple[int, ...] = (),
    pending: list[Connection] | None = None,
) -> None:
    """Start a container unless it runs. Raises NotFound, WrongState and what the steps of a start raise.

    `inherited`: descriptors of this process that the container's process gets.

    `is_restart`: its restart policy starts it, unless it was stopped or started during the delay. With `pending`, the
    start of a pinned sandbox returns before DNS answers: its connection is appended, and the caller has to `complete`
    it; the sandbox's members are initialized meanwhile, but not run.
    """
    start_sandbox_of(session, container_id)
    with session.lock("container", container_id):
        if is_restart:
            from pycman.containers.restart_policy import is_due  # only a restart asks

            row = row_of(session, container_id, name)
            if row["stopped_by_user"] or not is_due(row["restart_at_ns"], time.time_ns()):
                return  # stopped or started during the delay
        row = ready_row(session, container_id, name or container_id)
        alive = bool(row["boot_id"])  # of one that had exited, ready_row has removed it
        if alive and states.was_started(row):
            return
        spec = spec_of(row)
        start_required(session, spec)
        if not alive:
            initialize(session, row, spec, inherited=inherited, pending=pending)
        if spec.pod_id and spec.network.kind == "container":
            wait_for_dns(session, spec.network.value)
        needs_after_start = start_process(session, container_id, is_restart=is_restart)
    if needs_after_start:
        after_start(session, container_id)
    if session.options.notify_socket:
        from pycman.containers.start.notify import notify_healthy  # only imported below a service manager

        notify_healthy(session, container_id)


def import_for_members() -> None:
    """Import what starts of pod members import, for a process that is about to fork a child for each: 4 ms in every child otherwise."""
    import pycman.containers.bundle.pod_hosts  # as above
    import pycman.runtime.conmon_process  # noqa: F401 - as above


def start_required(session: Session, spec: ContainerSpec) -> None:
    """Start the containers that one requires (`--requires`), unless they run. Raises NotFound, and what a start raises."""
    for required in spec.requires:
        start_in_background(session, required)


def wait_for_dns(session: Session, infra_id: str) -> None:
    """Wait until DNS answers on the network of a pinned sandbox.

    The child that makes it holds the networks' lock until then.
    """
    if session.db.value("SELECT pinned FROM containers WHERE id = ?", (infra_id,)):
        with session.lock("network", "all"):
            return


def start_sandbox_of(session: Session, container_id: str) -> None:
    """Start the infra container of the pod that a container is a member of, unless it runs.

    Raises what a start raises.
    """
    infra = session.db.value(
        "SELECT i.id FROM containers c JOIN containers i ON i.pod_id = c.pod_id AND i.is_infra = 1"
        " WHERE c.id = ? AND c.pod_id != '' AND c.is_infra = 0",
        (container_id,),
    )
    if infra is not None:
        start_in_background(session, str(infra))
