"""Wait until a container is in a state; for the usual one, its end, on the kernel's own notice (pidfd)."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.attach.attach_and_wait import wait_for_status
from pycman.containers.catalogue import find_container, get_id, row_of
from pycman.errors import InvalidInput
from pycman.linux.processes import wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pycman.state.session import Session

_ENDED = frozenset(("stopped", "exited", "not-running", "next-exit"))
_STATES = frozenset(("created", "initialized", "configured", "running", "paused", "removing", "removed", "stopping"))
_HEALTH = frozenset(("healthy", "unhealthy", "starting"))
_POLL_S = 0.05


def wait_container(session: Session, name: str, *, conditions: Sequence[str] = (), interval_s: float = 0.25) -> int:
    """Wait for one of `conditions` and return the exit status (-1 while it has none). Raises NotFound, InvalidInput."""
    del interval_s  # ends are not polled for; other states every 50 ms
    wanted = set(conditions) or {"stopped"}
    for condition in wanted - _ENDED - _STATES - _HEALTH:
        raise InvalidInput(
            "not a state to wait for", subject=condition, hint="use stopped, running, paused, healthy, …"
        )
    container_id = get_id(session, name)
    if wanted <= _ENDED:
        return _wait_for_end(session, container_id, next_exit="next-exit" in wanted)
    while True:
        found = find_container(session, container_id)
        if found is None:
            return wait_for_status(session, container_id) if "removed" in wanted | _ENDED else -1
        state = {"configured": "created"}.get(found.state, found.state)
        names = {state, found.health_status} | ({"stopped", "not-running"} if state in ("exited", "created") else set())
        if wanted & names or (state == "created" and "configured" in wanted):
            return found.exit_status if state == states.EXITED else -1
        time.sleep(_POLL_S)


def _wait_for_end(session: Session, container_id: str, *, next_exit: bool) -> int:
    row = row_of(session, container_id)
    while states.state_of(row) == states.RESTARTING or (next_exit and states.state_of(row) not in states.ALIVE):
        time.sleep(_POLL_S)
        row = row_of(session, container_id)
    if states.state_of(row) in states.ALIVE:
        wait_gone(row["pid"], row["pid_start"], -1)
        return wait_for_status(session, container_id)
    if states.needs_cleanup(row):
        return wait_for_status(session, container_id)
    return int(row["exit_status"])
