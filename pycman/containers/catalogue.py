"""Find and list containers by name, id and filter. Listings read rows and /proc, parse no spec and start no process."""

from __future__ import annotations

import time

from pycman.containers import states
from pycman.containers.container import Container
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

_RESTART_UNDER_WAY_NS = 2_000_000_000
"""How far from now a restart may be due for the command that cleaned up to be sleeping until it, or starting it."""
_HEX = frozenset("0123456789abcdef")
_LISTING_COLUMNS = (
    "id, name, row_state, image_id, image_name, pod_id, command, labels, ports, networks, mounts, auto_remove,"
    " restart_policy, has_health, created_at_ns, started_at_ns, finished_at_ns, boot_id, pid, pid_start, conmon_pid, conmon_start,"
    " paused, exit_status, term_signal, oom_killed, restart_count, error, health_status, oci_runtime, stopped_by_user, restart_at_ns,"
    " is_infra, init_kind, pinned, ready, CASE WHEN json_valid(spec) THEN json_extract(spec, '$.expose') END AS expose,"
    " CASE WHEN json_valid(spec) THEN json_array_length(spec, '$.entrypoint') END AS entrypoint_words"
)
_MAY_RUN = "AND (pid != 0 OR pinned = 1 OR restart_at_ns != 0)"
"""Rows that can be in one of the states that listings show by default (states.py, `observe`)."""


def find_container(session: Session, name: str) -> Container | None:
    """Return the container with this name, id or unique prefix of an id; None if there is none.

    Raises InvalidInput if several ids have this prefix.
    """
    container_id = find_id(session, name)
    return None if container_id is None else _by_id(session, container_id)


def get_container(session: Session, name: str) -> Container:
    """Return the container with this name, id or unique prefix of an id.

    Raises NotFound, InvalidInput as `get_id` does.
    """
    container = _by_id(session, get_id(session, name))
    if container is None:
        raise no_such(name)
    return container


def get_id(session: Session, name: str) -> str:
    """Return the id of the container with this name, id or unique prefix of an id.

    Raises NotFound, InvalidInput if several ids have this prefix.
    """
    container_id = find_id(session, name)
    if container_id is None:
        raise no_such(name)
    return container_id


def get_row(session: Session, name: str) -> Any:
    """Return the whole row of the container with this name or id. Raises NotFound, InvalidInput as `get_id` does."""
    return row_of(session, get_id(session, name), name)


def row_of(session: Session, container_id: str, name: str = "") -> Any:
    """Return the whole row of the container with this id; verbs read it again once they hold the container's lock.

    Raises NotFound, with `name` (what the user typed) as its subject.
    """
    row = session.db.row("SELECT * FROM containers WHERE id = ?", (container_id,))
    if row is None:
        raise no_such(name or container_id)
    return row


def no_such(name: str) -> NotFound:
    """Return the error for a name or id that matches no container."""
    return NotFound("no such container", subject=name, hint="pycman ps -a lists them", code="no-such-container")


def find_id(session: Session, name: str) -> str | None:
    """Return the id of the container with this name (docker's "/NAME" too), id or unique prefix of an id, or None.

    Raises InvalidInput if several ids have this prefix.
    """
    reference = name.removeprefix("/")
    if not reference:
        return None
    exact = session.db.value("SELECT id FROM containers WHERE name = ? OR id = ?", (reference, reference))
    if exact is not None or not _HEX.issuperset(reference):
        return None if exact is None else str(exact)
    rows = session.db.rows(
        "SELECT id FROM containers WHERE id >= ? AND id < ? AND row_state != 'creating' LIMIT 2",
        (reference, reference + "g"),  # "g" sorts after every hexadecimal digit
    )
    if len(rows) > 1:
        raise InvalidInput(
            "more than one container has an id with this prefix", subject=name, hint="use a longer prefix"
        )
    return str(rows[0]["id"]) if rows else None


def list_containers(
    session: Session, filters: Sequence[tuple[str, str]] = (), *, all: bool = False, last: int = 0, pod_id: str = ""
) -> list[Container]:
    """Return containers, newest first: those that run or wait for a restart, `all` of them, or the newest `last`; of one pod with `pod_id`.

    `filters` are (key, value) pairs (`filters.py`); a filter on status or exited searches all containers, as docker
    does. Raises InvalidInput for an unknown key or a value it does not have.
    """
    if filters:
        from pycman.containers.filters import check_keys, matches  # only imported for listings with filters

        check_keys(filters)
    with_ended = all or last > 0 or any(key in ("status", "exited") for key, _ in filters)
    rows = session.db.rows(
        f"SELECT {_LISTING_COLUMNS} FROM containers WHERE row_state != 'creating' AND purpose = ''"
        f" {'' if with_ended else _MAY_RUN} {'AND pod_id = ?' if pod_id else ''} ORDER BY created_at_ns DESC",
        (pod_id,) if pod_id else (),
    )
    containers = [container_of(session, row) for row in rows]
    if not with_ended:
        containers = [
            container for container in containers if container.running or container.state == states.RESTARTING
        ]
    if filters:
        containers = [container for container in containers if matches(session, container, filters)]
    return containers[:last] if last > 0 else containers


def has_leftovers(session: Session) -> bool:
    """Say whether a killed command, a killed conmon or a reboot left a container for `end/recover.py`."""
    rows = session.db.rows(
        "SELECT id, row_state, owner, boot_id, pid, pid_start, conmon_pid, conmon_start, pinned, purpose FROM containers"
        " WHERE row_state != 'ready' OR boot_id != '' OR purpose != ''"
    )
    this_boot = boot_id() if rows else ""
    for row in rows:
        if row["row_state"] != "ready" or row["purpose"]:
            if is_gone(row["owner"]):
                return True
            continue
        has_conmon = row["boot_id"] == this_boot and is_alive(row["conmon_pid"], row["conmon_start"])
        if not has_conmon and (states.needs_cleanup(row) or _is_unwatched(session, row)):
            return True  # with conmon, its exit command cleans up
    return False


def _is_unwatched(session: Session, row: Mapping[str, Any]) -> bool:
    from pycman.runtime.late_exit import can_be_watched_again  # only for a container whose monitor is gone

    return can_be_watched_again(session.paths.bundle(row["id"]))


def needs_supervisor(session: Session) -> bool:
    """Say whether the supervisor has work: health checks, probes, a delayed restart, a finished Job to remove.

    A restart due within two seconds of now does not count: the command that cleaned up sleeps short delays by itself.
    """
    now = time.time_ns()
    work = session.db.value(
        "SELECT 1 FROM containers WHERE row_state = 'ready' AND ((has_health = 1 AND pid > 0)"
        " OR (restart_at_ns > 0 AND NOT restart_at_ns BETWEEN ? AND ?)) UNION ALL SELECT 1 FROM probes"
        " UNION ALL SELECT 1 FROM kube_objects WHERE expires_at_ns BETWEEN 1 AND ? LIMIT 1",
        (now - _RESTART_UNDER_WAY_NS, now + _RESTART_UNDER_WAY_NS, now),
    )
    return work is not None


def spec_of(row: Mapping[str, Any]) -> ContainerSpec:
    """Return the spec stored in a row: what the user asked for, with the image's defaults filled in. Raises Corrupt."""
    from pycman.spec.container import ContainerSpec  # 3 ms; listings never need it

    return ContainerSpec.from_dict(parse_json(row["spec"], subject=f"spec of {row['name']}"))


def container_of(session: Session, row: Mapping[str, Any]) -> Container:
    """Return a row with at least the columns of listings as a value; its state is computed now (`states.py`)."""
    state, row = states.observe(session, row)
    alive = state in states.ALIVE
    return Container(
        id=row["id"],
        name=row["name"],
        state=state,
        image_id=row["image_id"],
        image_name=row["image_name"],
        pod_id=row["pod_id"],
        command=_strings(row["command"]),
        labels=_labels(row["labels"]),
        ports=_objects(row["ports"]),
        entrypoint_words=row["entrypoint_words"] or 0,
        expose=_strings(row["expose"] or "[]"),
        networks=_strings(row["networks"]),
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


def _parsed(stored: str) -> Any:
    """Return a stored JSON value, None if it is damaged: one damaged row must not break every listing."""
    try:
        return parse_json(stored)
    except Corrupt:
        return None


def _strings(stored: str) -> tuple[str, ...]:
    if stored == "[]":  # as most are
        return ()
    items = _parsed(stored)
    return tuple(map(str, items)) if isinstance(items, list) else ()


def _objects(stored: str) -> tuple[Mapping[str, Any], ...]:
    if stored == "[]":  # as most are
        return ()
    items = _parsed(stored)
    return tuple(item for item in items if isinstance(item, dict)) if isinstance(items, list) else ()


def _labels(stored: str) -> dict[str, str]:
    if stored == "{}":  # as most are
        return {}
    labels = _parsed(stored)
    return {key: str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def _by_id(session: Session, container_id: str) -> Container | None:
    row = session.db.row(f"SELECT {_LISTING_COLUMNS} FROM containers WHERE id = ?", (container_id,))
    return None if row is None else container_of(session, row)


def change_row(session: Session, container_id: str, **values: object) -> None:
    """Set columns of a container's row: `change_row(session, id, pid=0, error="")`."""
    columns = ", ".join(f"{name} = ?" for name in values)
    session.db.change(f"UPDATE containers SET {columns} WHERE id = ?", (*values.values(), container_id))
