"""`stop` and `restart`: one container with what its exit does to its pod. `stop_one.py` stops it alone."""

from __future__ import annotations

from pycman.containers.catalogue import get_id
from pycman.containers.end.stop_one import stop_one

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.state.session import Session


def stop_container(
    session: Session, name: str, *, timeout_s: int | None = None, signal: str = "", late_s: float = 0
) -> str:
    """Stop a container as `stop_one` does, then do what its exit asks of its pod (`pod_end.py`); return its id.

    A container that does not run is only marked as stopped by the user. Raises NotFound, TimedOut, InvalidInput
    (signal).
    """
    session.enter_namespaces()
    container_id = get_id(session, name)
    finished = stop_one(session, container_id, name, timeout_s=timeout_s, signal=signal, late_s=late_s)
    if finished is not None and finished.pod_id:
        from pycman.containers.end.pod_end import after_member_end  # only imported for members of pods

        after_member_end(session, finished)
    return container_id


def import_for_members() -> None:
    """Import what the ends of pod members import, for a process that is about to fork a child for each: 2 ms in every child otherwise."""
    import pycman.containers.bundle.pod_hosts  # as above
    import pycman.containers.cleanup.termination_message  # as above
    import pycman.containers.deadline  # as above
    import pycman.containers.dumps  # noqa: F401 - as above


def restart_container(session: Session, name: str, *, timeout_s: int | None = None, signal: str = "") -> str:
    """Stop a container if it runs, then start it; return its id. Raises what `stop_container` and a start raise."""
    from pycman.containers.start.start import start_in_background  # 4 ms, not for `stop`

    container_id = stop_container(session, name, timeout_s=timeout_s, signal=signal)
    start_in_background(session, container_id, name)
    return container_id
