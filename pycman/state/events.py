"""Events: a row for every change, with why a container ended; read by id and time (`events --follow` polls for newer ids)."""

from __future__ import annotations

import time

from pycman.jsontext import format_json, parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.state.database import Database


_KEPT = 10_000
"""How many events a process that lives long remembers to have written."""
HISTORY = 20_000
"""How many events are kept, at least; a health check that runs every 30 s writes a million in a year."""
_TRIMMED_EVERY, _MOST_TRIMMED = 200, 2000
_OLD = """
SELECT id FROM events old WHERE id <= ? AND (
    (NOT EXISTS (SELECT 1 FROM containers WHERE id = old.actor_id) AND NOT EXISTS (SELECT 1 FROM pods WHERE id = old.actor_id)
     AND NOT EXISTS (SELECT 1 FROM images WHERE id = old.actor_id))
    OR EXISTS (SELECT 1 FROM events newer WHERE actor_id = old.actor_id AND newer.id > old.id AND action = old.action
               AND actor_name = old.actor_name)
) ORDER BY id LIMIT ?
"""
"""Events up to an id that nothing is read from any more: of objects that are gone, or followed by another of the same kind. How a
container ended and which names an image had (`why`, `wait`, the states of a CRI server) stays known however long ago that was."""


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
    newest = int(database.value("SELECT last_insert_rowid()"))
    if newest % _TRIMMED_EVERY == 0 and newest > HISTORY:
        database.change(f"DELETE FROM events WHERE id IN ({_OLD})", (newest - HISTORY, _MOST_TRIMMED))
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
    from pycman.state.times import format_rfc3339  # not for who appends events

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
