"""Compute a pod's state from the states of its members, under podman's names. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pycman.containers.container import Container


def state_of_members(members: Iterable[Container]) -> str:
    """Return created, running, degraded, paused, exited or stopped.

    Init containers count only while they run, because they are meant to end. A pinned infra container, which has no process,
    counts only in a pod without other members.
    """
    counted = [member for member in members if member.init_kind in ("", "sidecar") or member.running]
    states = [member.state for member in counted if not member.pinned or len(counted) == 1]
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
