"""After the host has started: start the containers whose restart policy asks for it, and before it ends: stop them.

A unit is a container, or a pod with its members (a play is pods). Units start one after the other, those that others need first:
`--requires`, namespaces and volumes of other containers. One that others need, and that has a health check, is waited for until that
has passed. What a unit needs is started whatever its own policy is.
"""

from __future__ import annotations

import time

from pods.side_by_side import try_side_by_side
from pods.start import start_pod
from pods.stop import stop_pod
from pycman.containers import states
from pycman.containers.catalogue import row_of
from pycman.containers.end.stop import stop_container
from pycman.containers.start.start import start_in_background
from pycman.errors import NotFound, PycmanError
from pycman.jsontext import parse_json
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_MODES = ("network", "pid_mode", "ipc_mode", "uts_mode", "cgroup_mode", "user_mode")
_HEALTHY_WITHIN_S = 120.0
_POLL_S = 0.1
_STOPPED_AT_ONCE = 32
"""Each waits, for a process that may ignore its stop signal."""


class BootUnit(Record):
    """`id` is a pod's or a container's; `members` the ids of its containers; `needs` the ids of units that start before it.

    `wanted`: its own restart policy asks for it. `checked`: containers with a health check.
    """

    id: str
    name: str
    is_pod: bool = False
    members: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    wanted: bool = False
    checked: tuple[str, ...] = ()


class BootResult(Record):
    """What became of one unit: `error` is None if it runs (or has been stopped)."""

    name: str
    error: PycmanError | None = None


def boot_units(session: Session) -> list[BootUnit]:
    """Return the units that start with the host, in the order in which they do."""
    rows = session.db.rows(
        "SELECT id, name, pod_id, is_infra, restart_policy, stopped_by_user, has_health, spec FROM containers"
        " WHERE row_state = 'ready' AND purpose = '' ORDER BY created_at_ns, id"
    )
    pods = {row["id"]: row["name"] for row in session.db.rows("SELECT id, name FROM pods WHERE row_state = 'ready'")}
    return start_order(units_of(rows, pods))


def units_of(rows: Sequence[Mapping[str, Any]], pods: Mapping[str, str]) -> list[BootUnit]:
    """Return the units that rows of containers make up; `pods` has the pods' names by id. Pure."""
    unit_of = {row["id"]: row["pod_id"] if row["pod_id"] in pods else row["id"] for row in rows}
    ids = {row["name"]: row["id"] for row in rows}
    units: dict[str, BootUnit] = {}
    for row in rows:
        key = unit_of[row["id"]]
        named = (ids.get(name, name) for name in _needs(parse_json(row["spec"], subject=f"spec of {row['name']}")))
        needs = [unit_of[other] for other in named if other in unit_of and unit_of[other] != key]
        unit = units.get(key) or BootUnit(id=key, name=pods.get(key, row["name"]), is_pod=key in pods)
        units[key] = unit.replace(
            members=(*unit.members, row["id"]),
            needs=tuple(dict.fromkeys((*unit.needs, *needs))),
            wanted=unit.wanted or (_starts_with_the_host(row) and not row["is_infra"]),
            checked=(*unit.checked, row["id"]) if row["has_health"] else unit.checked,
        )
    return list(units.values())


def _starts_with_the_host(row: Mapping[str, Any]) -> bool:
    policy = row["restart_policy"]
    return bool(policy == "always" or (policy == "unless-stopped" and not row["stopped_by_user"]))


def _needs(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield ids and names of the containers that a spec names."""
    yield from spec.get("requires", ())
    for field in _MODES:
        mode = spec.get(field, {})
        if mode.get("kind") == "container":
            yield mode["value"]
    for source in spec.get("volumes_from", ()):
        yield source.partition(":")[0]


def start_order(units: Sequence[BootUnit]) -> list[BootUnit]:
    """Return the wanted units and what they need, each behind what it needs; a circle is cut at the unit that was made first. Pure."""
    by_id = {unit.id: unit for unit in units}
    found: dict[str, BootUnit] = {}
    begun: set[str] = set()
    for first in units:
        waiting = [(first, False)] if first.wanted else []
        while waiting:
            unit, its_needs_are_there = waiting.pop()
            if its_needs_are_there:
                found[unit.id] = unit
            elif unit.id not in begun:
                begun.add(unit.id)
                waiting.append((unit, True))
                waiting += [(by_id[other], False) for other in reversed(unit.needs) if other in by_id]
    return list(found.values())


def start_at_boot(session: Session) -> Iterator[BootResult]:
    """Start the units in their order, and yield each when it runs or has failed; a failed one keeps no other from starting."""
    session.enter_namespaces()
    units = boot_units(session)
    for number, unit in enumerate(units):
        error = None
        try:
            _start(session, unit)
            if any(unit.id in later.needs for later in units[number + 1 :]):
                for container_id in unit.checked:
                    _wait_until_healthy(session, container_id)
        except PycmanError as problem:
            if _is_gone(session, unit):  # a service of its own has put another in its place meanwhile
                continue
            error = problem
        yield BootResult(name=unit.name, error=error)


def _is_gone(session: Session, unit: BootUnit) -> bool:
    table = "pods" if unit.is_pod else "containers"
    return session.db.value(f"SELECT 1 FROM {table} WHERE id = ? AND row_state = 'ready'", (unit.id,)) is None


def _start(session: Session, unit: BootUnit) -> None:
    if unit.is_pod:
        for error in start_pod(session, unit.id).errors.values():
            raise error
    else:
        start_in_background(session, unit.id, unit.name)


def _wait_until_healthy(session: Session, container_id: str) -> None:
    """Wait for a health check to pass, for two minutes at most: then those that need it start all the same."""
    end = time.monotonic() + _HEALTHY_WITHIN_S
    while time.monotonic() < end:
        try:
            row = row_of(session, container_id)
        except NotFound:
            return
        if row["health_status"] != "starting" or states.observe(session, row)[0] not in states.ALIVE:
            return
        time.sleep(_POLL_S)


def stop_waves(units: Sequence[BootUnit]) -> list[list[BootUnit]]:
    """Return the units, which are in the order of their start, in waves for stopping them: those that need one are in waves before it. Pure."""
    wave_of: dict[str, int] = {}
    for number in reversed(range(len(units))):
        unit = units[number]
        users = (wave_of[later.id] for later in units[number + 1 :] if unit.id in later.needs)
        wave_of[unit.id] = 1 + max(users, default=-1)
    found: list[list[BootUnit]] = [[] for _ in range(1 + max(wave_of.values(), default=-1))]
    for unit in reversed(units):
        found[wave_of[unit.id]].append(unit)
    return found


def stop_for_shutdown(session: Session) -> Iterator[BootResult]:
    """Stop the units in the other order, those at once that do not need each other, and yield each: a service manager waits 90 s for all.

    They are not taken for stopped by the user: the next boot starts them.
    """
    session.enter_namespaces()
    for wave in stop_waves(boot_units(session)):
        units = {unit.id: unit for unit in wave}

        def stop(unit_id: str, units: Mapping[str, BootUnit] = units) -> None:
            _stop(session, units[unit_id])

        _, errors = try_side_by_side(session, list(units), stop, width=_STOPPED_AT_ONCE)
        for unit in wave:
            error = errors.get(unit.id)
            if error is None or not _is_gone(session, unit):
                yield BootResult(name=unit.name, error=error)


def _stop(session: Session, unit: BootUnit) -> None:
    marks = ", ".join("?" for _ in unit.members)
    left = session.db.rows(f"SELECT id FROM containers WHERE id IN ({marks}) AND stopped_by_user = 0", unit.members)
    try:
        if unit.is_pod:
            stop_pod(session, unit.id)
        else:
            stop_container(session, unit.id)
    finally:
        for row in left:
            session.db.change("UPDATE containers SET stopped_by_user = 0 WHERE id = ?", (row["id"],))
