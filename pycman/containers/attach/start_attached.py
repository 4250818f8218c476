"""Start a container, and with streams stay attached until it exits: `start` and the second half of `run`."""

from __future__ import annotations

from pycman.containers import states
from pycman.containers.catalogue import get_id, spec_of
from pycman.containers.cleanup.cleanup_claim import CleanupClaim
from pycman.containers.start.initialize import initialize, ready_row
from pycman.containers.start.run_process import after_start, start_process
from pycman.containers.start.start import start_in_background, start_required, start_sandbox_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.runtime.attach import Streams
    from pycman.state.session import Session


def start_container(
    session: Session,
    name: str,
    *,
    streams: Streams | None = None,
    inherited: tuple[int, ...] = (),
    before_process: Callable[[], None] | None = None,
) -> tuple[str, int]:
    """Start a container and, with `streams`, stay attached until it exits; one that runs already is only attached to.

    Its process gets the descriptors `inherited` of this one, under the same numbers. `before_process` is called when the
    runtime has made the container with all its mounts, before its process is started.

    Returns (id, exit status); the status is 0 without streams. Raises NotFound, WrongState, CommandNotFound,
    CommandNotExecutable, RuntimeFailed, Detached, MountFailed and what reserving ports and addresses raises.
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    if streams is None:
        start_in_background(session, container_id, name, inherited=inherited)
        return container_id, 0
    from pycman.runtime.attach import connect, resize  # only imported to attach

    start_sandbox_of(session, container_id)
    with CleanupClaim(session, container_id) as claim:
        with session.lock("container", container_id):
            row = ready_row(session, container_id, name)
            alive = bool(row["boot_id"])  # of one that had exited, ready_row has removed it
            running = alive and states.was_started(row)
            socket = None
            passthrough = needs_after_start = False
            if not running:
                spec = spec_of(row)
                start_required(session, spec)
                if not alive:
                    stdin_once = streams.stdin >= 0
                    initialize(
                        session, row, spec, stdin_once=stdin_once, inherited=inherited, meanwhile=_load_what_follows
                    )
                passthrough = spec.log.driver == "passthrough"
                socket = None if passthrough else connect(session, container_id)
                resize(session.paths.bundle(container_id), streams)
                if before_process is not None:
                    before_process()
                needs_after_start = start_process(session, container_id, attached=streams.attached)
        if needs_after_start:
            after_start(session, container_id)
        if running:
            claim.release()
        elif session.options.notify_socket:
            from pycman.containers.start.notify import notify_healthy  # only imported below a service manager

            notify_healthy(session, container_id, attached=True)
        from pycman.containers.attach.attach_and_wait import attach_and_wait  # loaded by _load_what_follows meanwhile

        return container_id, attach_and_wait(session, container_id, streams, socket, claim, has_our_streams=passthrough)


def _load_what_follows() -> None:
    """Import what a foreground `run` needs after the start and the end, while conmon and the runtime work (3 ms)."""
    import pycman.containers.attach.attach_and_wait  # noqa: F401 - imported to be loaded
    import pycman.containers.cleanup.release  # the same
    import pycman.containers.restart_policy  # the same
    import pycman.linux.cgroup.parent  # the same
    import pycman.runtime.exit_file  # noqa: F401 - the same
