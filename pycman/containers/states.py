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
    from collections.abc import Callable, Mapping
    from typing import Any

    from pycman.state.session import Session

    Lives = Callable[[int, int], bool]
    """Whether the process of a pid and start time runs: `pycman.linux.processes.is_alive`, or a server's watch of its processes."""

CREATED = "created"
INITIALIZED = "initialized"
RUNNING = "running"
PAUSED = "paused"
EXITED = "exited"
RESTARTING = "restarting"
REMOVING = "removing"

ALIVE = frozenset({INITIALIZED, RUNNING, PAUSED})


STATE_COLUMNS = (
    "id", "row_state", "pinned", "boot_id", "pid", "pid_start", "conmon_pid", "conmon_start", "paused", "restart_at_ns",
    "started_at_ns", "finished_at_ns", "exit_status", "term_signal", "oom_killed",
)  # fmt: skip
"""The columns of `containers` that a row must have for its state."""


def state_of(session: Session, row: Mapping[str, Any]) -> str:
    """Return the state of a row of `containers` for somebody who looks; its end is in the row that `observe` returns."""
    return observe(session, row)[0]


def observe(session: Session, row: Mapping[str, Any], lives: Lives = is_alive) -> tuple[str, Mapping[str, Any]]:
    """Return a container's state, and its row with the end of its last run as both are now.

    Whether its process lives is read from /proc. One whose process is gone has ended when its exit status is known: from the row
    once it was cleaned up, before that from conmon's exit file; until then it is what it was. Who acts on the process asks
    `has_process`.
    """
    if row["row_state"] == "removing":
        return REMOVING, row
    if has_process(row, lives):
        return _alive(row), row
    if row["pid"] and row["boot_id"]:
        return _unrecorded(session, row)
    if row["restart_at_ns"]:
        return RESTARTING, row
    return EXITED if row["started_at_ns"] else CREATED, row


def _alive(row: Mapping[str, Any]) -> str:
    if not was_started(row):
        return INITIALIZED
    return PAUSED if row["paused"] else RUNNING


def _unrecorded(session: Session, row: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the state and row of a container whose process is gone and whose end no cleanup has recorded yet."""
    from pycman.containers.run_end import is_same_run, unrecorded  # only imported between an exit and its cleanup

    now, end = unrecorded(session, row)
    if now is None:
        return REMOVING, row
    if not is_same_run(row, now):
        return observe(session, now)
    if end is None or (end.seen and not was_started(now)):  # or whoever started it has yet to write that
        return _alive(now), now
    from pycman.containers.restart_policy import planned_restart  # as above

    ended = {**dict(now), **end.columns()}
    if not was_started(now):
        return EXITED if now["started_at_ns"] else CREATED, ended
    restarts = not end.dumped and planned_restart(session, ended) is not None
    return RESTARTING if restarts else EXITED, ended


def was_started(row: Mapping[str, Any]) -> bool:
    """Say whether the run that the row's process is of was started, not only initialized."""
    return bool(row["started_at_ns"] > row["finished_at_ns"])


def has_process(row: Mapping[str, Any], lives: Lives = is_alive) -> bool:
    """Say whether the container's first process lives: its pid still has the recorded start time, in the same boot.

    A pinned sandbox has no process; it counts as alive while files keep its namespaces.
    """
    if row["pinned"]:
        return bool(row["conmon_pid"] < 0 and row["boot_id"] == boot_id())
    return bool(row["pid"]) and lives(row["pid"], row["pid_start"]) and row["boot_id"] == boot_id()


def needs_cleanup(row: Mapping[str, Any]) -> bool:
    """Say whether the container has exited, or the host was rebooted, and no command has cleaned up after it yet."""
    return row["row_state"] == "ready" and bool(row["boot_id"]) and not has_process(row)


def require_process(row: Mapping[str, Any]) -> None:
    """Raise WrongState for a pinned sandbox, whose namespaces are kept by files."""
    if row["pinned"]:
        raise WrongState("this infra container has no process, files keep its namespaces", subject=row["name"])


def require_running(session: Session, row: Mapping[str, Any], verb: str, *, paused: bool = False) -> None:
    """Raise NotRunning unless the container runs, and WrongState if it is paused unless `paused` allows that.

    `verb` is a past participle for the message: "it cannot be checked".
    """
    state = state_of(session, row)
    if has_process(row) and (state == RUNNING or (paused and state == PAUSED)):
        return
    if state == PAUSED and has_process(row):
        raise WrongState(
            f"container is paused, it cannot be {verb}", subject=row["name"], hint=f"run pycman unpause {row['name']}"
        )
    if state == RUNNING:
        state = "ending"
    raise NotRunning(f"container is not running ({state})", subject=row["name"], hint=f"run pycman start {row['name']}")
