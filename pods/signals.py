"""Kill, pause and unpause all members of a pod that run."""

from __future__ import annotations

from pods.catalogue import get_pod
from pods.on_members import PodReport, on_members
from pycman.containers import states
from pycman.containers.change.pause import pause_container, unpause_container
from pycman.containers.end.kill import kill_container
from pycman.errors import WrongState
from pycman.state import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pycman.state.session import Session


def kill_pod(session: Session, name: str, *, signal: str = "KILL") -> PodReport:
    """Send a signal to the first process of every running member."""
    return _on_running(session, name, "kill", lambda container_id: kill_container(session, container_id, signal=signal))


def pause_pod(session: Session, name: str) -> PodReport:
    """Freeze every running member."""
    return _on_running(session, name, "pause", lambda container_id: pause_container(session, container_id))


def unpause_pod(session: Session, name: str) -> PodReport:
    """Thaw every paused member."""
    return _on_running(
        session, name, "unpause", lambda container_id: unpause_container(session, container_id), state=states.PAUSED
    )


def _on_running(
    session: Session, name: str, action: str, verb: Callable[[str], object], *, state: str = states.RUNNING
) -> PodReport:
    """Do `verb` for every member in `state` and record the event `action`. Raises WrongState if there is none."""
    session.enter_namespaces()
    pod = get_pod(session, name)
    with session.lock("pod", pod.id):
        pod = get_pod(session, pod.id, typed=name)
        members = [member for member in pod.members if member.state == state and member.pid]
        if not members:
            raise WrongState(
                f"no container of the pod is {state}", subject=name, hint="pycman pod ps --ctr-status lists them"
            )
        errors = on_members(session, members, verb)
    events.append(session.db, "pod", action, pod.id, name=pod.name)
    return PodReport(pod_id=pod.id, errors=errors)
