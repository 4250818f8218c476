"""Read events back by time and filters, and follow those to come (docker's and podman's `events`)."""

from __future__ import annotations

import os
import select
import time

from pycman.errors import InvalidInput
from pycman.state.event_log import backend, event_file
from pycman.state.events import Event, read_after
from pycman.state.matching import label_matches
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pycman.state.session import Session

_POLL_S = 0.2
"""How long a follower waits at most before it queries the database again."""
_DOCKER_ACTIONS = {"die": "died", "destroy": "remove", "untag": "untag", "delete": "remove", "load": "loadfromarchive",
                   "exec_start": "exec", "exec_die": "exec_died"}  # fmt: skip
_KEYS = ("container", "event", "status", "image", "label", "pod", "type", "volume", "network", "secret", "name", "id",
         "scope", "daemon", "config", "node", "plugin", "service")  # fmt: skip
"""Those of docker and podman; the last five name what does not exist here, so no event is of them."""


def stream_events(
    session: Session,
    filters: Sequence[tuple[str, str]] = (),
    *,
    since: str = "",
    until: str = "",
    follow: bool = False,
) -> Iterator[Event]:
    """Yield the events from `since` to `until`, oldest first; with `follow` also those to come.

    Without `since` and `until`, `follow` begins now; an `until` in the future ends it then. Times are as in `state.times`.
    Raises InvalidInput for an unknown filter or time.
    """
    if backend(session) == "none":
        raise InvalidInput(
            "events cannot be read, there is no back end for them",
            hint="leave out events_logger = none",
            code="events-not-kept",
        )
    by_key = _parse_filters(filters)
    now = time.time_ns()
    since_ns = parse_time_ns(since, now_ns=now) if since else (now if follow and not until else 0)
    until_ns = parse_time_ns(until, now_ns=now) if until else 0
    return _stream(session, by_key, since_ns, until_ns, follow=follow)


def _stream(
    session: Session, by_key: dict[str, list[str]], since_ns: int, until_ns: int, *, follow: bool
) -> Iterator[Event]:
    file = event_file(session)
    if file is not None:
        from pycman.state.event_file import read_file  # only imported where containers.conf names a file

        for event in read_file(file, follow=follow, until_ns=until_ns):
            if event.time_ns >= since_ns and not (until_ns and event.time_ns > until_ns) and _passes(event, by_key):
                yield event
        return
    last = 0
    while True:
        for event in read_after(session.db, last, until_ns=until_ns):
            last = event.id
            if event.time_ns >= since_ns and _passes(event, by_key):
                yield event
        if not follow or (until_ns and time.time_ns() >= until_ns):
            return
        wait_for_change(session, until_ns)


def event_filter(filters: Sequence[tuple[str, str]]) -> Callable[[Event], bool]:
    """Return the function that says whether an event passes `filters`. Raises InvalidInput for an unknown one."""
    by_key = _parse_filters(filters)
    return lambda event: _passes(event, by_key)


def change_stamp(session: Session) -> tuple[int, int]:
    """Return what differs after each change of the database: time (ns) and size of its write-ahead log."""
    return _stamp(session.paths.database + "-wal")


def wait_for_change(session: Session, until_ns: int = 0) -> None:
    """Wait until the database's write-ahead log changes, at most 0.2 s, and not beyond `until_ns`."""
    path = session.paths.database + "-wal"
    before = _stamp(path)
    deadline = time.monotonic() + _POLL_S
    while time.monotonic() < deadline and _stamp(path) == before:
        if until_ns and time.time_ns() >= until_ns:
            return
        select.select([], [], [], 0.02)


def _stamp(path: str) -> tuple[int, int]:
    """Return a file's (modification time in ns, size in bytes); zeros if it does not exist."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _parse_filters(filters: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    by_key: dict[str, list[str]] = {}
    for key, value in filters:
        name = key.strip().lower()
        if name not in _KEYS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(_KEYS)}", code="not-a-filter-key"
            )
        by_key.setdefault("event" if name == "status" else name, []).append(value)
    return by_key


def _passes(event: Event, by_key: dict[str, list[str]]) -> bool:
    return all(
        all(_matches(event, key, value) for value in values)
        if key == "label"
        else any(_matches(event, key, value) for value in values)
        for key, values in by_key.items()
    )


def _matches(event: Event, key: str, value: str) -> bool:
    if key == "event":
        action, colon, status = value.lower().partition(": ")
        if colon and action == "health_status" and event.attributes.get("health_status") != status:
            return False
        return event.action in (action, _DOCKER_ACTIONS.get(action, action))
    if key == "type":
        return event.type == value.lower()
    if key == "scope":
        return value == "local"
    if key == "label":
        return label_matches(dict(event.attributes), value)
    if key == "image" and event.type == "container":
        return event.image in (value, f"{value}:latest") or event.image.endswith((f"/{value}", f"/{value}:latest"))
    if key in ("name", "id"):
        return event.actor_name == value or event.actor_id.startswith(value)
    is_named = (
        event.actor_name == value
        or (key == "volume" and bool(value) and event.actor_name.startswith(value))
        or (bool(value) and event.actor_id.startswith(value))
    )
    return event.type == key and (is_named or event.actor_name.endswith((f"/{value}", f"/{value}:latest")))
