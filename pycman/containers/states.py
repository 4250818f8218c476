"""The states of a container, computed from its row and the kernel; and which verb needs which.

created ──init──▶ initialized ──start──▶ running ──end──▶ exited ──start──▶ running
                                           │  ▲
                                        pause unpause            removing: on its way out, from any state
                                           ▼  │                  stopping: a stop is waiting for its end
                                          paused
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
    """Return the state that a row of `containers` and the kernel tell together."""
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
    """Say whether the container's first process lives: in this boot, the same pid with the same start time.

    A pinned sandbox has none; it lives while its namespaces are kept.
    """
    if row["pinned"]:
        return bool(row["conmon_pid"] < 0 and row["boot_id"] == boot_id())
    return bool(row["pid"]) and is_alive(row["pid"], row["pid_start"]) and row["boot_id"] == boot_id()


def needs_cleanup(row: Mapping[str, Any]) -> bool:
    """Say whether the container ended (or the host was restarted) and nobody has cleaned up after it."""
    return row["row_state"] == "ready" and bool(row["boot_id"]) and not has_process(row)


def require_process(row: Mapping[str, Any]) -> None:
    """Raise WrongState for a sandbox that is held by files only."""
    if row["pinned"]:
        raise WrongState("this infra container has no process, files hold its namespaces", subject=row["name"])


def require_running(row: Mapping[str, Any], verb: str, *, paused: bool = False) -> None:
    """Raise NotRunning (or WrongState for a paused one) unless the container runs."""
    state = state_of(row)
    if state == RUNNING or (paused and state == PAUSED):
        return
    if state == PAUSED:
        raise WrongState(
            f"container is paused, it cannot be {verb}", subject=row["name"], hint=f"run pycman unpause {row['name']}"
        )
    raise NotRunning(f"container is not running ({state})", subject=row["name"], hint=f"run pycman start {row['name']}")
