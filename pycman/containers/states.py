"""The states of a container, computed from its row and from /proc, and the errors of verbs that need another state.

created ──init──▶ initialized ──start──▶ running ──exit──▶ exited ──start──▶ running
                                           │  ▲               │ ▲
                                        pause unpause         ▼ │ restart policy: the delay is over
                                           ▼  │            restarting
                                          paused
removing: from any state, while `rm` removes it
"""

from __future__ import annotations

from pycman.errors import NotRunning, WrongState
from pycman.linux.processes import boot_id, is_alive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CREATED = "created"
INITIALIZED = "initialized"
RUNNING = "running"
PAUSED = "paused"
EXITED = "exited"
RESTARTING = "restarting"
REMOVING = "removing"

ALIVE = frozenset({INITIALIZED, RUNNING, PAUSED})


def state_of(row: Mapping[str, Any]) -> str:
    """Return the state of a row of `containers`; whether its process lives is read from /proc."""
    if row["row_state"] == "removing":
        return REMOVING
    if has_process(row):
        if row["started_at_ns"] <= row["finished_at_ns"]:
            return INITIALIZED
        return PAUSED if row["paused"] else RUNNING
    if row["restart_at_ns"]:
        return RESTARTING
    return EXITED if row["started_at_ns"] else CREATED


def has_process(row: Mapping[str, Any]) -> bool:
    """Say whether the container's first process lives: its pid still has the recorded start time, in the same boot.

    A pinned sandbox has no process; it counts as alive while files keep its namespaces.
    """
    if row["pinned"]:
        return bool(row["conmon_pid"] < 0 and row["boot_id"] == boot_id())
    return bool(row["pid"]) and is_alive(row["pid"], row["pid_start"]) and row["boot_id"] == boot_id()


def needs_cleanup(row: Mapping[str, Any]) -> bool:
    """Say whether the container has exited, or the host was rebooted, and no command has cleaned up after it yet."""
    return row["row_state"] == "ready" and bool(row["boot_id"]) and not has_process(row)


def require_process(row: Mapping[str, Any]) -> None:
    """Raise WrongState for a pinned sandbox, whose namespaces are kept by files."""
    if row["pinned"]:
        raise WrongState("this infra container has no process, files keep its namespaces", subject=row["name"])


def require_running(row: Mapping[str, Any], verb: str, *, paused: bool = False) -> None:
    """Raise NotRunning unless the container runs, and WrongState if it is paused unless `paused` allows that.

    `verb` is a past participle for the message: "it cannot be checked".
    """
    state = state_of(row)
    if state == RUNNING or (paused and state == PAUSED):
        return
    if state == PAUSED:
        raise WrongState(
            f"container is paused, it cannot be {verb}", subject=row["name"], hint=f"run pycman unpause {row['name']}"
        )
    raise NotRunning(f"container is not running ({state})", subject=row["name"], hint=f"run pycman start {row['name']}")
