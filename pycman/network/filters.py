"""`--filter` of network ls and network prune (docker's and podman's keys together)."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.jsontext import parse_json
from pycman.network.catalogue import default_name
from pycman.network.networks import list_networks
from pycman.state.matching import label_matches, parse_bool, passing, text_matches
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pycman.spec.network import Network
    from pycman.state.session import Session

_ALL_MUST_HOLD = frozenset(("label", "label!"))


def list_filtered(session: Session, filters: Sequence[tuple[str, str]] = ()) -> list[Network]:
    """Return the networks that pass all filters, sorted by name. Raises InvalidInput."""
    return matches(session, list_networks(session), filters)


def matches(session: Session, networks: list[Network], filters: Sequence[tuple[str, str]]) -> list[Network]:
    """Return the networks that pass all filters. Raises InvalidInput for an unknown key or a bad value."""
    return passing(session, networks, filters, _CHECKS, all_must_hold=_ALL_MUST_HOLD)


def used_names(session: Session) -> set[str]:
    """Return the names of the networks that any container, running or not, is connected to."""
    return {name for row in session.db.rows("SELECT networks FROM containers") for name in parse_json(row["networks"])}


def _dangling(session: Session, value: str) -> Callable[[Network], bool]:
    """Match unused networks; never the default one, which cannot be removed."""
    unused = parse_bool(value)
    used = {*used_names(session), default_name(session)}
    return lambda network: (network.name not in used) == unused


def _type(session: Session, value: str) -> Callable[[Network], bool]:
    if value not in ("builtin", "custom"):
        raise InvalidInput("not a type of network", subject=f"type={value}", hint="use builtin or custom")
    default = default_name(session)
    return lambda network: (network.name == default) == (value == "builtin")


def _until(_session: Session, value: str) -> Callable[[Network], bool]:
    limit = parse_time_ns(value)
    return lambda network: network.created_at_ns < limit


_CHECKS: dict[str, Callable[[Session, str], Callable[[Network], bool]]] = {
    "name": lambda _s, value: lambda network: text_matches(value, network.name),
    "id": lambda _s, value: lambda network: network.id.startswith(value) or text_matches(value, network.id),
    "driver": lambda _s, value: lambda network: network.driver == value,
    "scope": lambda _s, value: lambda _network: value == "local",
    "label": lambda _s, value: lambda network: label_matches(network.labels, value),
    "label!": lambda _s, value: lambda network: not label_matches(network.labels, value),
    "dangling": _dangling,
    "type": _type,
    "until": _until,
}
