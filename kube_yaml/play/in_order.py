"""Start the pods of StatefulSets in their order, all sets side by side, and wait for pods that are at their init containers.

Nothing that happens in a pod is a reason to undo a play: its restart policies hold from the first start on. So what is found here is
told, and the pods stay as they are.
"""

from __future__ import annotations

import time

from kube_yaml.play.readiness import failure_of_start, is_starting, readiness_of
from pycman.errors import NotFound, PycmanError, RuntimeFailed, TimedOut
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pycman.state.session import Session

_POLL_S = 0.05
_READY_S = 600.0
"""How long a play waits for one pod of a StatefulSet to be ready."""
_LAST_S = 30.0
"""How long a play waits for the last pod of a StatefulSet, after which none is started."""
_INIT_S = 30.0
"""How long a play waits for init containers: pods whose init containers wait for what others bring go on by themselves."""


class SetMember(Record):
    """A pod of a StatefulSet: `starts` says that it does not run yet."""

    pod_id: str
    name: str
    starts: bool = True


class _Set:
    """The members of one StatefulSet that are still to come."""

    def __init__(self, members: Sequence[SetMember]) -> None:
        # those that run already are only waited for if one comes after them
        last = max((number for number, member in enumerate(members) if member.starts), default=-1)
        self.left = list(members[: last + 1])
        self.is_started = False
        self.since = time.monotonic()


def start_sets(
    session: Session, sets: Mapping[object, Sequence[SetMember]], start: Callable[[str], object]
) -> list[PycmanError]:
    """Start each member, by `start`, once the one before it in its set is ready; return why sets did not come to their end.

    The sets go on side by side, as one may wait for another.
    """
    errors: list[PycmanError] = []
    waiting = [_Set(members) for members in sets.values()]
    while waiting := [one for one in waiting if one.left]:
        moved = False
        for one in waiting:
            try:
                moved |= _advance(session, one, start)
            except NotFound as error:  # removed by another command
                errors.append(error)
                one.left = []
            except (RuntimeFailed, TimedOut) as error:
                errors.append(error)
                one.left = []
        if not moved:
            time.sleep(_POLL_S)
    return errors


def _advance(session: Session, one: _Set, start: Callable[[str], object]) -> bool:
    """Start the next member of a set or see whether it is ready; say whether something has changed. Raises RuntimeFailed, TimedOut."""
    member = one.left[0]
    if not one.is_started:
        if member.starts:
            start(member.pod_id)
        one.is_started, one.since = True, time.monotonic()
        return True
    readiness = readiness_of(session, member.pod_id)
    count = len(one.left) - 1
    after = f"; {count} more of its StatefulSet were not started: play the file again" if count else ""
    if readiness.all:
        one.left.pop(0)
        one.is_started = False
        return True
    if readiness.ended:
        raise RuntimeFailed(
            f"it ended before it was ready{after}", subject=f"pod {member.name}", hint="see pycman pod logs"
        )
    waited_s = time.monotonic() - one.since
    if waited_s > _LAST_S and len(one.left) == 1:
        session.warnings.append(
            f"pod {member.name} is not ready yet ({readiness.ready} of {readiness.total} containers are)"
        )
        one.left.pop(0)
        return True
    if waited_s > _READY_S:
        raise TimedOut(
            f"only {readiness.ready} of {readiness.total} containers are ready{after}", subject=f"pod {member.name}"
        )
    return False


def wait_for_init_containers(session: Session, pending: Mapping[str, str]) -> tuple[list[str], list[PycmanError]]:
    """Wait until pods (id to name) are past their init containers, but not for ever.

    Return a sentence for each that is not, and an error for each whose init container has failed for good.
    """
    left = dict(pending)
    until = time.monotonic() + _INIT_S
    while left and time.monotonic() < until:
        left = {pod_id: name for pod_id, name in left.items() if is_starting(session, pod_id)}
        if left:
            time.sleep(_POLL_S)
    errors = [failure_of_start(session, pod_id, name) for pod_id, name in pending.items() if pod_id not in left]
    return [
        f"pod {name} is still at its init containers, and is started when they have succeeded" for name in left.values()
    ], [error for error in errors if error is not None]
