"""`--filter` of volume ls and volume prune (docker's and podman's keys together)."""

from __future__ import annotations

from pycman.errors import NotFound
from pycman.state.matching import label_matches, parse_bool, passing, text_matches
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.state.session import Session
    from pycman.volumes.volume import Volume

_ALL_MUST_HOLD = frozenset(("label", "label!"))


def matches(session: Session, volumes: list[Volume], filters: Sequence[tuple[str, str]]) -> list[Volume]:
    """Return the volumes that pass all filters. Raises InvalidInput for an unknown key or a bad value."""
    return passing(session, volumes, filters, _CHECKS, all_must_hold=_ALL_MUST_HOLD)


def used_names(session: Session) -> set[str]:
    """Return the names of the volumes that any container, running or not, mounts."""
    return {row[0] for row in session.db.rows("SELECT DISTINCT volume_name FROM container_volumes")}


def _dangling(session: Session, value: str) -> Callable[[Volume], bool]:
    unused = parse_bool(value)
    used = used_names(session)
    return lambda volume: (volume.name not in used) == unused


def _option(_session: Session, value: str) -> Callable[[Volume], bool]:
    return lambda volume: label_matches(volume.options, value)


def _until(_session: Session, value: str) -> Callable[[Volume], bool]:
    limit = parse_time_ns(value)
    return lambda volume: volume.created_at_ns < limit


def _since(session: Session, value: str) -> Callable[[Volume], bool]:
    created_at_ns = session.db.value("SELECT created_at_ns FROM volumes WHERE name = ?", (value,))
    if created_at_ns is None:
        raise NotFound("no such volume", subject=value, code="no-such-volume")
    return lambda volume: volume.created_at_ns > int(created_at_ns)


def _anonymous(_session: Session, value: str) -> Callable[[Volume], bool]:
    anonymous = parse_bool(value)
    return lambda volume: volume.anonymous == anonymous


_CHECKS: dict[str, Callable[[Session, str], Callable[[Volume], bool]]] = {
    "dangling": _dangling,
    "driver": lambda _s, value: lambda volume: volume.driver == value,
    "label": lambda _s, value: lambda volume: label_matches(volume.labels, value),
    "label!": lambda _s, value: lambda volume: not label_matches(volume.labels, value),
    "name": lambda _s, value: lambda volume: text_matches(value, volume.name),
    "opt": _option,
    "scope": lambda _s, value: lambda volume: volume.scope == value,
    "until": _until,
    "since": _since,
    "after": _since,
    "anonymous": _anonymous,
}
