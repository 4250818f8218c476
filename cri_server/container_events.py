"""GetContainerEvents: changes of sandboxes and their containers, from the engine's events, so that changes made by other commands
than the server are reported, too. That a container ended is reported when conmon has written its exit status, not when a
cleanup has recorded it.

    state.sqlite-wal written ──▶ new rows of `events` ──┐
                                                        ├──▶ one thread makes the answers ──▶ a queue for each client
    exits/ID written by conmon ──▶ its end is known ────┘

A client that waits holds no thread: gRPC calls a handler marked `experimental_non_blocking` with a function that sends. Sending
blocks while the client does not read, so each client that has something waiting has a thread until it is sent.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque

from cri_server import queries
from cri_server.proto import api_pb2 as api
from pycman.errors import NotFound, PycmanError
from pycman.linux.inotify import IN_CREATE, IN_MODIFY, IN_MOVED_TO, FolderWatch
from pycman.state.events import read_after

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pycman.state.events import Event
    from pycman.state.session import Session

_KINDS = {
    ("container", "create"): api.CONTAINER_CREATED_EVENT,
    ("container", "start"): api.CONTAINER_STARTED_EVENT,
    ("container", "restore"): api.CONTAINER_STARTED_EVENT,
    ("container", "died"): api.CONTAINER_STOPPED_EVENT,
    ("container", "remove"): api.CONTAINER_DELETED_EVENT,
    ("pod", "create"): api.CONTAINER_CREATED_EVENT,
    ("pod", "start"): api.CONTAINER_STARTED_EVENT,
    ("pod", "stop"): api.CONTAINER_STOPPED_EVENT,
    ("pod", "remove"): api.CONTAINER_DELETED_EVENT,
}
_PENDING_S = 2.0
"""How long an event waits until its container is known as one of a sandbox: the container's row is written before the CRI's row."""
_LOOK_AGAIN_MS = 1000
_MOST_QUEUED = 4096
"""Answers that wait for a client that does not read; then its stream is cancelled, and it lists anew."""


class Changes:
    """What has happened since it was made: `read` returns the answers, oldest first. Used by one thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last = int(session.db.value("SELECT coalesce(max(id), 0) FROM events") or 0)
        self._pods = dict(session.db.rows("SELECT container_id, pod_id FROM cri_containers"))
        self._pods |= {row["pod_id"]: row["pod_id"] for row in session.db.rows("SELECT pod_id FROM cri_sandboxes")}
        self._pending: list[Event] = []
        self._ending: set[str] = set()
        self._stopped: set[str] = set()
        """Containers the end of whose last run was reported: by the exit file or by the event "died", whichever came first."""

    @property
    def waits(self) -> bool:
        """Whether something that was seen cannot be reported yet."""
        return bool(self._pending or self._ending)

    def read(self, exited: set[str]) -> Iterator[api.ContainerEventResponse]:
        """Yield the answers; `exited` are ids of containers whose exit file has been written."""
        self._ending |= exited
        ended = [found for found in map(self._end_of, sorted(self._ending)) if found]
        for event in self._new_events():
            kind = _KINDS[event.type, event.action]
            if kind == api.CONTAINER_STOPPED_EVENT and not self._is_first_end(event.actor_id):
                continue
            yield self._answer(event.actor_id, kind, event.time_ns)
            if kind == api.CONTAINER_STARTED_EVENT:
                self._stopped.discard(event.actor_id)
            if kind == api.CONTAINER_DELETED_EVENT:
                self._forget(event.actor_id)
        for container_id, finished_at_ns in ended:
            if container_id in self._ending and self._is_first_end(container_id):
                yield self._answer(container_id, api.CONTAINER_STOPPED_EVENT, finished_at_ns)

    def _is_first_end(self, actor_id: str) -> bool:
        """Note that the end of a run is reported; return whether it was not before."""
        self._ending.discard(actor_id)
        if actor_id in self._stopped:
            return False
        self._stopped.add(actor_id)
        return True

    def _end_of(self, container_id: str) -> tuple[str, int] | None:
        """Return (id, time of its end) of a container whose exit file was seen; None while whoever starts it has not written that."""
        pod_id = self._pods.get(container_id) or self._pod_of("container", container_id)
        try:
            status = queries.container_status(self._session, container_id)[0] if pod_id else None
        except NotFound:
            status = None
        if status is None:
            self._ending.discard(container_id)  # not the kubelet's, or removed: then its events say so
            return None
        self._pods[container_id] = pod_id
        has_ended = status.state == api.CONTAINER_EXITED and status.started_at
        return (container_id, status.finished_at) if has_ended else None

    def _new_events(self) -> Iterator[Event]:
        new = read_after(self._session.db, self._last)
        self._last = new[-1].id if new else self._last
        events, self._pending = [*self._pending, *(event for event in new if (event.type, event.action) in _KINDS)], []
        for event in events:
            pod_id = self._pods.get(event.actor_id) or self._pod_of(event.type, event.actor_id)
            if pod_id:
                self._pods[event.actor_id] = pod_id
                yield event
            elif event.action != "remove" and time.time_ns() - event.time_ns < _PENDING_S * 1e9:
                self._pending.append(event)

    def _pod_of(self, kind: str, actor_id: str) -> str:
        """Return the id of the sandbox that an object is or belongs to; "" if it is not the kubelet's, or its CRI row is not
        written yet.
        """
        table, column = ("cri_sandboxes", "pod_id") if kind == "pod" else ("cri_containers", "container_id")
        return str(self._session.db.value(f"SELECT pod_id FROM {table} WHERE {column} = ?", (actor_id,)) or "")

    def _forget(self, actor_id: str) -> None:
        self._pods.pop(actor_id, None)
        self._ending.discard(actor_id)
        self._stopped.discard(actor_id)

    def _answer(self, actor_id: str, kind: int, time_ns: int) -> api.ContainerEventResponse:
        pod_id = self._pods[actor_id]
        try:
            status = queries.sandbox_status(self._session, pod_id)[0]
            rows = queries.containers(self._session, pod_id=pod_id)
            statuses = [queries.status_of(self._session, row)[0] for row in rows]
        except NotFound:
            status, statuses = None, []
        return api.ContainerEventResponse(
            container_id=actor_id,
            container_event_type=kind,  # type: ignore[arg-type]
            created_at=time_ns,
            pod_sandbox_status=status,
            containers_statuses=statuses,
        )


class _Client:
    """One stream. `send` blocks until gRPC has taken the message; None ends the stream."""

    def __init__(self, context: Any, send: Callable[[Any], None]) -> None:
        self._context = context
        self._send = send
        self._queue: deque[Any] = deque()
        self._turn = threading.Lock()
        self._is_sending = False

    def put(self, answer: Any) -> None:
        """Queue an answer, or the end (None), and have it sent."""
        with self._turn:
            self._queue.append(answer)
            if len(self._queue) > _MOST_QUEUED:
                self._queue.clear()
                self._context.cancel()
            if self._is_sending or not self._queue:
                return
            self._is_sending = True
        threading.Thread(target=self._send_all, name="events-client", daemon=True).start()

    def _send_all(self) -> None:
        while True:
            with self._turn:
                if not self._queue or not self._context.is_active():
                    self._queue.clear()
                    self._is_sending = False
                    return
                answer = self._queue.popleft()
            self._send(answer)


class EventFeed:
    """The clients of GetContainerEvents, and the thread that tells them, which runs while there are some."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._clients: list[_Client] = []
        self._turn = threading.Lock()
        self._is_running = False
        self._has_ended = False
        self._thread: threading.Thread | None = None
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def add(self, context: Any, send: Callable[[Any], None]) -> None:
        """Send changes from now on to a client, until its call has ended or the feed is closed. Does not wait."""
        client = _Client(context, send)
        with self._turn:
            if self._has_ended or not context.add_callback(lambda: self._remove(client)):
                client.put(None)
                return
            self._clients.append(client)
            if not self._is_running:
                self._is_running = True
                watch, changes = _watch(self._session), Changes(self._session)  # what follows this call is reported
                self._thread = threading.Thread(target=self._run, args=(watch, changes), name="events", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End all streams, and the thread, which reads the database."""
        with self._turn:
            self._has_ended = True
            clients, self._clients = self._clients, []
        for client in clients:
            client.put(None)
        os.eventfd_write(self._wake, 1)
        if self._thread is not None:
            self._thread.join(_LOOK_AGAIN_MS / 1000)

    def _remove(self, client: _Client) -> None:
        with self._turn:
            if client in self._clients:
                self._clients.remove(client)

    def _run(self, watch: FolderWatch, changes: Changes) -> None:
        poller = select.poll()
        poller.register(watch, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        try:
            while self._goes_on():
                found, lost = watch.read()
                exits = self._session.paths.exits
                names = {name for folder, name in found if folder == exits}
                self._tell(changes, names | set(os.listdir(exits)) if lost else names)
                poller.poll(20 if changes.waits else _LOOK_AGAIN_MS)
        finally:
            watch.close()

    def _goes_on(self) -> bool:
        with self._turn:
            self._is_running = bool(self._clients)
            return self._is_running

    def _tell(self, changes: Changes, exited: set[str]) -> None:
        try:
            for answer in changes.read(exited):
                with self._turn:
                    clients = list(self._clients)
                for client in clients:
                    client.put(answer)
        except PycmanError:  # the database cannot be read for the moment
            time.sleep(_LOOK_AGAIN_MS / 1000)


def _watch(session: Session) -> FolderWatch:
    watch = FolderWatch()
    watch.add(session.paths.exits, IN_MOVED_TO | IN_CREATE | IN_MODIFY)
    watch.add(os.path.dirname(session.paths.database), IN_MODIFY | IN_CREATE)
    return watch
