"""GetContainerEvents: changes of sandboxes and their containers, read from the engine's events, so that changes made by other
commands than the server are reported, too.
"""

from __future__ import annotations

import time

from cri_server import queries
from cri_server.proto import api_pb2 as api
from pycman.errors import NotFound
from pycman.state.events import read_after
from pycman.system.event_stream import wait_for_change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pycman.state.events import Event
    from pycman.state.session import Session

_KINDS = {
    ("container", "create"): api.CONTAINER_CREATED_EVENT,
    ("container", "start"): api.CONTAINER_STARTED_EVENT,
    ("container", "died"): api.CONTAINER_STOPPED_EVENT,
    ("container", "remove"): api.CONTAINER_DELETED_EVENT,
    ("pod", "create"): api.CONTAINER_CREATED_EVENT,
    ("pod", "start"): api.CONTAINER_STARTED_EVENT,
    ("pod", "stop"): api.CONTAINER_STOPPED_EVENT,
    ("pod", "remove"): api.CONTAINER_DELETED_EVENT,
}
_PENDING_S = 2.0
"""How long an event waits until its container is known as one of a sandbox: the container's row is written before the CRI's row."""


def container_events(session: Session, is_active: Callable[[], bool]) -> Iterator[api.ContainerEventResponse]:
    """Yield the events from now on, while the client listens. An event of a sandbox has its id as the container id."""
    last = int(session.db.value("SELECT coalesce(max(id), 0) FROM events") or 0)
    pods = dict(session.db.rows("SELECT container_id, pod_id FROM cri_containers"))
    pods |= {row["pod_id"]: row["pod_id"] for row in session.db.rows("SELECT pod_id FROM cri_sandboxes")}
    waiting: list[Event] = []
    while is_active():
        new = read_after(session.db, last)
        last = new[-1].id if new else last
        events, waiting = [*waiting, *(event for event in new if (event.type, event.action) in _KINDS)], []
        for event in events:
            pod_id = pods.get(event.actor_id) or _pod_of(session, event)
            if pod_id:
                pods[event.actor_id] = pod_id
                yield _response(session, event, pod_id)
                if event.action == "remove":
                    del pods[event.actor_id]
            elif event.action != "remove" and time.time_ns() - event.time_ns < _PENDING_S * 1e9:
                waiting.append(event)
        wait_for_change(session)


def _pod_of(session: Session, event: Event) -> str:
    """Return the id of the sandbox that an object is or belongs to; "" if it is not the kubelet's, or its CRI row is not
    written yet.
    """
    table, column = ("cri_sandboxes", "pod_id") if event.type == "pod" else ("cri_containers", "container_id")
    return str(session.db.value(f"SELECT pod_id FROM {table} WHERE {column} = ?", (event.actor_id,)) or "")


def _response(session: Session, event: Event, pod_id: str) -> api.ContainerEventResponse:
    try:
        status = queries.sandbox_status(session, pod_id)[0]
        statuses = [
            queries.container_status(session, row["id"])[0] for row in queries.containers(session, pod_id=pod_id)
        ]
    except NotFound:
        status, statuses = None, []
    return api.ContainerEventResponse(
        container_id=event.actor_id,
        container_event_type=_KINDS[event.type, event.action],
        created_at=event.time_ns,
        pod_sandbox_status=status,
        containers_statuses=statuses,
    )
