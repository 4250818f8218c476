"""Events: a row for every change, with why a container ended; read by id and time (`events --follow` polls for newer ids)."""

from __future__ import annotations

import time

from pycman.jsontext import format_json, parse_json
from pycman.record import Record
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.database import Database


_KEPT = 10_000
"""How many events a process that lives long remembers to have written."""


class Event(Record):
    """One change. `type` and `action` are podman's (container died, image pull, …); `time_ns` is since 1970."""

    id: int
    time_ns: int
    type: str
    action: str
    actor_id: str
    actor_name: str = ""
    image: str = ""
    attributes: Mapping[str, str] = {}


GIVEN = "given"
"""Attribute of images' events, which podman tells as their name: the file that an image came from or went to, or a name as it was typed."""


def append(
    database: Database,
    type_: str,
    action: str,
    actor_id: str,
    *,
    name: str = "",
    image: str = "",
    attributes: Mapping[str, str] | None = None,
) -> None:
    """Append one event. Inside a transaction, it is written only if the transaction is committed."""
    moment = time.time_ns()
    database.change(
        "INSERT INTO events (time_ns, type, action, actor_id, actor_name, image, attributes) VALUES (?,?,?,?,?,?,?)",
        (moment, type_, action, actor_id, name, image, format_json(dict(attributes or {}))),
    )
    database.event_times.append(moment)
    del database.event_times[:-_KEPT]


def written_by(database: Database) -> list[Event]:
    """Return the events that were appended through this connection and committed, oldest first."""
    found = []
    for moment in dict.fromkeys(database.event_times):
        found += database.rows("SELECT * FROM events WHERE time_ns = ? ORDER BY id", (moment,))
    return [_event(row) for row in found]


def read_after(database: Database, last_id: int, *, until_ns: int = 0) -> list[Event]:
    """Return the events with an id above `last_id`, oldest first, not later than `until_ns` (0: all)."""
    rows = database.rows(
        "SELECT * FROM events WHERE id > ? AND (? = 0 OR time_ns <= ?) ORDER BY id", (last_id, until_ns, until_ns)
    )
    return [_event(row) for row in rows]


def of_actor(database: Database, actor_id: str, action: str = "") -> list[Event]:
    """Return the events of one object, oldest first; of one action, or all for ""."""
    rows = database.rows(
        "SELECT * FROM events WHERE actor_id = ? AND (? = '' OR action = ?) ORDER BY id", (actor_id, action, action)
    )
    return [_event(row) for row in rows]


def event_object(event: Event, *, moment: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return an event in the shape of podman's log of events; `moment` replaces its time."""
    status, health = event.attributes.get("exit_status", ""), event.attributes.get("health_status", "")
    return {
        **({"ContainerExitCode": int(status)} if status.lstrip("-").isdecimal() else {}),
        **({"ID": event.actor_id} if event.actor_id else {}),
        **({"Image": event.image} if event.image and event.type == "container" else {}),
        **({"Name": event.actor_name} if event.actor_name else {}),
        "Status": event.action,
        **(moment or {"Time": format_rfc3339(event.time_ns)}),
        "Type": event.type,
        **({"HealthStatus": health} if health else {}),
        "Attributes": dict(event.attributes) or None,
    }


def _event(row: Mapping[str, object]) -> Event:
    values = {name: row[name] for name in Event._fields if name != "attributes"}
    return Event(**values, attributes=parse_json(str(row["attributes"])))  # type: ignore[arg-type]
