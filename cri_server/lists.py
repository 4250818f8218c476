"""ListContainers and ListPodSandbox: answers that are their items' bytes one after the other (a repeated field of protobuf is nothing
else), so that an item is made once and not for each list. All of an item but its state never changes.
"""

from __future__ import annotations

from cri_server.proto import api_pb2 as api
from cri_server.queries import (
    between,
    container_item,
    container_state,
    containers,
    is_ready,
    matches,
    sandbox_item,
    sandboxes,
    where_of,
)
from pycman.containers import states

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pycman.state.session import Session

_CONTAINERS = (
    f"SELECT {', '.join(f'c.{column}' for column in states.STATE_COLUMNS)}, c.error"
    " FROM cri_containers k JOIN containers c ON c.id = k.container_id"
)
_SANDBOXES = (
    "SELECT s.pod_id AS id, s.ready, c.id AS infra_id, c.boot_id, c.pid, c.pid_start, c.conmon_pid, c.pinned"
    " FROM cri_sandboxes s JOIN pods p ON p.id = s.pod_id LEFT JOIN containers c ON c.pod_id = p.id AND c.is_infra = 1"
)
_MOST_KEPT = 5000


class _Item:
    """A sandbox or container: its labels, and its bytes in an answer by its state."""

    def __init__(self, item: Any, answer: Callable[[Any], bytes]) -> None:
        self._item = item
        self._answer = answer
        self._parts: dict[int, bytes] = {}
        self.labels: dict[str, str] = dict(item.labels)

    def part(self, state: int) -> bytes:
        """Return the bytes of an answer with this item alone."""
        found = self._parts.get(state)
        if found is None:
            item = type(self._item)()
            item.CopyFrom(self._item)
            item.state = state
            found = self._parts[state] = self._answer(item)
        return found


_kept: dict[str, _Item] = {}
"""Items by id."""


def container_list(session: Session, wanted: api.ContainerFilter, lives: states.Lives) -> bytes:
    """Return a ListContainersResponse, newest first. `lives` is a server's watch of its processes."""
    where, values = where_of(wanted.id, wanted.pod_sandbox_id)
    rows = session.db.rows(f"{_CONTAINERS}{where} ORDER BY c.created_at_ns DESC", values)

    def state(row: Any) -> int:
        return container_state(*states.observe(session, row, lives))

    return _parts(session, rows, wanted, state, _container)


def sandbox_list(session: Session, wanted: api.PodSandboxFilter, lives: states.Lives) -> bytes:
    """Return a ListPodSandboxResponse, newest first."""
    where, values = between("s.pod_id", wanted.id)
    rows = session.db.rows(f"{_SANDBOXES}{where} ORDER BY p.created_at_ns DESC", values)

    def state(row: Any) -> int:
        return int(api.SANDBOX_READY if is_ready(row, lives) else api.SANDBOX_NOTREADY)

    return _parts(session, rows, wanted, state, _sandbox)


def _parts(
    session: Session,
    rows: list[Any],
    wanted: Any,
    state_of: Callable[[Any], int],
    make: Callable[[Session, str], _Item | None],
) -> bytes:
    """Return the items of rows that a filter wants. One that has been removed since the rows were read is left out."""
    selector = dict(wanted.label_selector)
    only = wanted.state.state if wanted.HasField("state") else None
    parts = []
    for row in rows:
        item = _kept.get(row["id"]) or _keep(row["id"], make(session, row["id"]))
        if item is None or (selector and not matches(item.labels, selector)):
            continue
        state = state_of(row)
        if only is None or state == only:
            parts.append(item.part(state))
    return b"".join(parts)


def _keep(key: str, item: _Item | None) -> _Item | None:
    """Keep an item for the next call and return it; what is kept is bounded."""
    if len(_kept) > _MOST_KEPT:
        _kept.clear()
    return None if item is None else _kept.setdefault(key, item)


def _container(session: Session, container_id: str) -> _Item | None:
    def answer(item: api.Container) -> bytes:
        return api.ListContainersResponse(containers=[item]).SerializeToString()

    rows = containers(session, container_id=container_id)
    return _Item(container_item(*states.observe(session, rows[0])), answer) if rows else None


def _sandbox(session: Session, pod_id: str) -> _Item | None:
    def answer(item: api.PodSandbox) -> bytes:
        return api.ListPodSandboxResponse(items=[item]).SerializeToString()

    rows = sandboxes(session, pod_id)
    return _Item(sandbox_item(rows[0]), answer) if rows else None
