"""`wait`: until a container is in one of some states. Its exit is waited for by pidfd, other states are polled."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.catalogue import find_container, get_id, row_of
from pycman.containers.end.exit_status import wait_for_status
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pycman.containers.container import Container
    from pycman.state.session import Session

_ENDED = frozenset(("stopped", "exited", "not-running", "next-exit"))
_STATES = frozenset(("created", "initialized", "configured", "running", "paused", "removing", "removed", "stopping"))
_HEALTH = frozenset(("healthy", "unhealthy", "starting"))
_POLL_S = 0.05


def wait_container(session: Session, name: str, *, conditions: Sequence[str] = (), interval_s: float = 0.25) -> int:
    """Wait for one of `conditions` (default: stopped) and return the exit status, -1 if the container has not exited.

    Raises NotFound, InvalidInput for an unknown condition.
    """
    del interval_s  # accepted for podman's callers: exits need no polling, other states are polled every 50 ms
    awaited = set(conditions) or {"stopped"}
    for condition in awaited - _ENDED - _STATES - _HEALTH:
        raise InvalidInput(
            "not a condition to wait for", subject=condition, hint="use stopped, running, paused, healthy, …"
        )
    row = row_of(session, get_id(session, name), name)
    if awaited <= _ENDED:
        return _wait_for_exit(session, row, next_exit="next-exit" in awaited)
    while True:
        container = find_container(session, row["id"])
        if container is None:
            return wait_for_status(session, row) if "removed" in awaited | _ENDED else -1
        reached = _conditions_of(container)
        if awaited & reached:
            return container.exit_status if container.state == states.EXITED else -1
        time.sleep(_POLL_S)


def _conditions_of(container: Container) -> set[str]:
    """Return the conditions that a container fulfils now: its state under all its names, and its health."""
    conditions = {container.state, container.health_status}
    if container.state in (states.EXITED, states.CREATED):
        conditions |= {"stopped", "not-running"}
    if container.state == states.CREATED:
        conditions.add("configured")
    return conditions


def _wait_for_exit(session: Session, row: Any, *, next_exit: bool) -> int:
    state, row = states.observe(session, row)
    while state == states.RESTARTING or (next_exit and state not in states.ALIVE):
        time.sleep(_POLL_S)
        state, row = states.observe(session, row_of(session, row["id"]))
    if state in states.ALIVE or states.needs_cleanup(row):
        return wait_for_status(session, row)
    return int(row["exit_status"])
