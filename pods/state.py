"""What the states of its members make of a pod (podman's words). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.containers.catalogue import Container


def state_of_members(members: Iterable[Container]) -> str:
    """Return created, running, degraded, paused, exited or stopped.

    Init containers count only while they run: that they have ended is what they are for. An infra container without a process
    counts only where there is nothing else.
    """
    counted = [member for member in members if member.init_kind in ("", "sidecar") or member.running]
    states = [each.state for each in counted if not each.pinned or len(counted) == 1]
    running = sum(state == "running" for state in states)
    ended = sum(state in ("exited", "restarting") for state in states)
    if states and running == len(states):
        return "running"
    if running:
        return "degraded"
    if states and all(state == "paused" for state in states):
        return "paused"
    if states and ended == len(states):
        return "exited"
    return "stopped" if ended else "created"
