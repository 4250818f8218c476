"""Containers by name, id and filter: SQL and /proc only, no JSON of specs, no child process."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.container import Container
from pycman.containers.filters import check_keys, matches
from pycman.errors import Corrupt, InvalidInput, NotFound
from pycman.jsontext import parse_json
from pycman.linux.processes import boot_id, is_alive
from pycman.state.owners import is_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.state.session import Session

_AT_WORK_NS = 2_000_000_000
_HEX = frozenset("0123456789abcdef")
_LISTED = (
    "id, name, row_state, image_id, image_name, pod_id, command, labels, ports, networks, mounts, auto_remove,"
    " restart_policy, has_health, created_at_ns, started_at_ns, finished_at_ns, boot_id, pid, pid_start, conmon_pid,"
    " paused, exit_status, term_signal, oom_killed, restart_count, error, health_status, oci_runtime, stopped_by_user, restart_at_ns,"
    " is_infra, init_kind, pinned, ready"
)


def find_container(session: Session, name: str) -> Container | None:
    """Return the container of that name, id or unique prefix of an id; None if there is none."""
    found = find_id(session, name)
    return None if found is None else _by_id(session, found)


def get_container(session: Session, name: str) -> Container:
    """Return the container of that name, id or unique prefix of an id. Raises NotFound."""
    found = _by_id(session, get_id(session, name))
    if found is None:
        raise no_such(name)
    return found


def get_id(session: Session, name: str) -> str:
    """Return the id that `name` means. Raises NotFound, or InvalidInput if a prefix fits several."""
    found = find_id(session, name)
    if found is None:
        raise no_such(name)
    return found


def get_row(session: Session, name: str) -> Any:
    """Return the whole row of the container `name` means. Raises NotFound."""
    return row_of(session, get_id(session, name), name)


def row_of(session: Session, container_id: str, name: str = "") -> Any:
    """Return the whole row of an id; verbs call it again once they hold the container's lock. Raises NotFound."""
    row = session.db.row("SELECT * FROM containers WHERE id = ?", (container_id,))
    if row is None:
        raise no_such(name or container_id)
    return row


def no_such(name: str) -> NotFound:
    """Return the error for a name that is no container's."""
    return NotFound("no such container", subject=name, hint="pycman ps -a lists them")


def find_id(session: Session, name: str) -> str | None:
    """Return the id that `name` means, or None. Raises InvalidInput if a prefix fits several."""
    text = name.removeprefix("/")
    if not text:
        return None
    exact = session.db.value("SELECT id FROM containers WHERE name = ? OR id = ?", (text, text))
    if exact is not None or not _HEX.issuperset(text):
        return None if exact is None else str(exact)
    rows = session.db.rows(
        "SELECT id FROM containers WHERE id >= ? AND id < ? AND row_state != 'creating' LIMIT 2", (text, text + "g")
    )
    if len(rows) > 1:
        raise InvalidInput("more than one container has an id that begins so", subject=name, hint="write more of it")
    return str(rows[0]["id"]) if rows else None


def list_containers(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, last: int = 0
) -> list[Container]:
    """Return containers, newest first: those with a process, or `all`, or the `last` n made.

    A filter on status, exited or health looks at all of them, as docker does. Raises InvalidInput for an unknown key.
    """
    check_keys(filters)
    rows = session.db.rows(
        f"SELECT {_LISTED} FROM containers WHERE row_state != 'creating' ORDER BY created_at_ns DESC"
    )
    every = all or last > 0 or any(key in ("status", "exited") for key, _ in filters)
    found = [container_of(row) for row in rows]
    if not every:
        found = [each for each in found if each.running or each.state == states.RESTARTING]
    if filters:
        found = [each for each in found if matches(session, each, filters)]
    return found[:last] if last > 0 else found


def has_leftovers(session: Session) -> bool:
    """Say whether a dead command, a killed monitor or another boot left a container that nobody is at any more."""
    rows = session.db.rows(
        "SELECT row_state, owner, boot_id, pid, pid_start, conmon_pid, conmon_start, pinned FROM containers"
        " WHERE row_state != 'ready' OR boot_id != ''"
    )
    here = boot_id() if rows else ""
    for row in rows:
        if row["row_state"] != "ready":
            if is_gone(row["owner"]):
                return True
            continue
        nobody = row["boot_id"] != here or not is_alive(row["conmon_pid"], row["conmon_start"])
        if nobody and states.needs_cleanup(row):
            return True
    return False


def needs_supervisor(session: Session) -> bool:
    """Say whether a container has something that the supervisor does: health checks, probes, a restart that waits, a Job to be taken down.

    A restart that is due about now is at work already: short waits are slept by the command that cleaned up.
    """
    now = time.time_ns()
    found = session.db.value(
        "SELECT 1 FROM containers WHERE row_state = 'ready' AND ((has_health = 1 AND pid > 0)"
        " OR (restart_at_ns > 0 AND NOT restart_at_ns BETWEEN ? AND ?)) UNION ALL SELECT 1 FROM probes"
        " UNION ALL SELECT 1 FROM kube_objects WHERE expires_at_ns BETWEEN 1 AND ? LIMIT 1",
        (now - _AT_WORK_NS, now + _AT_WORK_NS, now),
    )
    return found is not None


def spec_of(row: Mapping[str, Any]) -> ContainerSpec:
    """Return the spec that a row keeps: the user's, with the image's defaults filled in."""
    from pycman.spec.container import ContainerSpec  # listings never need it: 3 ms of records

    return ContainerSpec.from_dict(parse_json(row["spec"], subject=f"spec of {row['name']}"))


def container_of(row: Mapping[str, Any]) -> Container:
    """Return a row (of at least the listed columns) as a value."""
    state = states.state_of(row)
    alive = state in states.ALIVE
    return Container(
        id=row["id"],
        name=row["name"],
        state=state,
        image_id=row["image_id"],
        image_name=row["image_name"],
        pod_id=row["pod_id"],
        command=_texts(row["command"]),
        labels=_labels(row["labels"]),
        ports=_objects(row["ports"]),
        networks=_texts(row["networks"]),
        mounts=_objects(row["mounts"]),
        auto_remove=bool(row["auto_remove"]),
        restart_policy=row["restart_policy"],
        has_health=bool(row["has_health"]),
        created_at_ns=row["created_at_ns"],
        started_at_ns=row["started_at_ns"],
        finished_at_ns=row["finished_at_ns"],
        pid=row["pid"] if alive else 0,
        conmon_pid=row["conmon_pid"] if alive else 0,
        exit_status=row["exit_status"],
        term_signal=row["term_signal"],
        oom_killed=bool(row["oom_killed"]),
        restart_count=row["restart_count"],
        error=row["error"],
        health_status=row["health_status"],
        oci_runtime=row["oci_runtime"],
        stopped_by_user=bool(row["stopped_by_user"]),
        is_infra=bool(row["is_infra"]),
        init_kind=row["init_kind"],
        pinned=bool(row["pinned"]),
        ready=alive and bool(row["ready"]),
    )


def _stored(text: str) -> Any:
    """Return a value of the database, None if it cannot be read: a listing outlives a row that holds something else."""
    try:
        return parse_json(text)
    except Corrupt:
        return None


def _texts(stored: str) -> tuple[str, ...]:
    found = _stored(stored)
    return tuple(each if isinstance(each, str) else str(each) for each in found) if isinstance(found, list) else ()


def _objects(stored: str) -> tuple[Mapping[str, Any], ...]:
    found = _stored(stored)
    return tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def _labels(stored: str) -> dict[str, str]:
    found = _stored(stored)
    if not isinstance(found, dict):
        return {}
    return {key: each if isinstance(each, str) else str(each) for key, each in found.items()}


def _by_id(session: Session, container_id: str) -> Container | None:
    row = session.db.row(f"SELECT {_LISTED} FROM containers WHERE id = ?", (container_id,))
    return None if row is None else container_of(row)


def change_row(session: Session, container_id: str, **values: object) -> None:
    """Set columns of a container's row."""
    columns = ", ".join(f"{name} = ?" for name in values)
    session.db.change(f"UPDATE containers SET {columns} WHERE id = ?", (*values.values(), container_id))
