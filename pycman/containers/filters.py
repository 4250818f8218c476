"""`--filter` of ps and of every command that takes containers, with docker's and podman's keys.

KEY=A  KEY=B       one of the values must match        label=A  label=B    every label must match
KEY=A  OTHER=B     both keys must match
"""

from __future__ import annotations

from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import parse_json
from pycman.state.matching import grouped, label_matches, text_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.containers.container import Container
    from pycman.state.session import Session

_HEX = frozenset("0123456789abcdefABCDEF")
_SHORT_ID = 12
_STATUSES = frozenset(
    (
        "created",
        "restarting",
        "running",
        "removing",
        "paused",
        "exited",
        "dead",
        "initialized",
        "stopped",
        "stopping",
        "unknown",
        "configured",
    )
)
_HEALTH = frozenset(("starting", "healthy", "unhealthy", "none"))
_ALL_MUST_MATCH = frozenset(("label", "label!"))


def check_keys(filters: Sequence[tuple[str, str]]) -> None:
    """Raise InvalidInput for an unknown key, even if there is no container to filter."""
    for key in grouped(filters):
        if key not in _CHECKS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(sorted(_CHECKS))}", code="not-a-filter-key"
            )


def matches(session: Session, container: Container, filters: Sequence[tuple[str, str]]) -> bool:
    """Say whether a container passes all filters (their keys are checked).

    Raises InvalidInput for a value the key does not have.
    """
    for key, values in grouped(filters).items():
        check = _CHECKS[key]
        results = [check(session, container, value) for value in values]
        if not (all(results) if key in _ALL_MUST_MATCH else any(results)):
            return False
    return True


def _status(_session: Session, container: Container, value: str) -> bool:
    status = value.lower()
    if status not in _STATUSES:
        raise InvalidInput(
            "not a container status",
            subject=value,
            hint=f"use one of {', '.join(sorted(_STATUSES))}",
            code="not-a-container-status",
        )
    return container.state == {"stopped": "exited", "configured": "created"}.get(status, status)


def _exited(_session: Session, container: Container, value: str) -> bool:
    if not value.removeprefix("-").isdecimal():
        raise InvalidInput(
            "not an exit status", subject=value, hint="use a number from 0 to 255", code="not-an-exit-status"
        )
    return container.state == "exited" and container.exit_status == int(value)


def _health(_session: Session, container: Container, value: str) -> bool:
    if value not in _HEALTH:
        raise InvalidInput(
            "not a health status",
            subject=value,
            hint="use starting, healthy, unhealthy or none",
            code="not-a-health-status",
        )
    return (container.health_status or "none") == value


def _reference_time(session: Session, value: str) -> int:
    name = value.removeprefix("/")
    created_at_ns = session.db.value(
        "SELECT created_at_ns FROM containers WHERE name = ? OR id LIKE ? || '%' ORDER BY name = ? DESC",
        (name, name, name),
    )
    if created_at_ns is None:
        raise NotFound("no such container", subject=value, code="no-such-container")
    return int(created_at_ns)


def _ancestor(session: Session, container: Container, value: str) -> bool:
    """Say whether a container's image is the one named, or is built on it."""
    image = session.db.row("SELECT id FROM images WHERE id LIKE ? LIMIT 1", (value.removeprefix("sha256:") + "%",))
    if image is not None and container.image_id:
        ancestors = {image["id"]}
    else:
        names = {
            value,
            value + ":latest",
            f"docker.io/library/{value}",
            f"docker.io/library/{value}:latest",
            f"docker.io/{value}",
            f"docker.io/{value}:latest",
            f"localhost/{value}",
            f"localhost/{value}:latest",
        }
        if container.image_name in names:
            return True
        marks = ",".join("?" * len(names))
        rows = session.db.rows(f"SELECT image_id FROM image_names WHERE name IN ({marks})", tuple(names))
        ancestors = {row["image_id"] for row in rows}
    if container.image_id in ancestors:
        return True
    return any(_is_built_on(session, container.image_id, ancestor) for ancestor in ancestors)


def _is_built_on(session: Session, image_id: str, ancestor_id: str) -> bool:
    """Say whether the stack of layers of `ancestor_id` (its chain id) is the bottom of the other image's stack."""
    top = session.db.value(
        "SELECT chain_id FROM image_layers WHERE image_id = ? ORDER BY position DESC LIMIT 1", (ancestor_id,)
    )
    if top is None:
        return False
    return (
        session.db.value("SELECT 1 FROM image_layers WHERE image_id = ? AND chain_id = ?", (image_id, top)) is not None
    )


def _volume(_session: Session, container: Container, value: str) -> bool:
    name, _, target = value.partition(":")
    for mount in container.mounts:
        if name in (mount.get("name"), mount.get("source"), mount.get("destination")):
            return not target or mount.get("destination") == target
    return False


Ports = list[tuple[int, int, str]]
"""Ranges of ports: the first one, the last one, the protocol."""


def published_ports(ports: Sequence[Mapping[str, Any]], side: str) -> Ports:
    """Return the published ports as they are on one `side`: host_port or container_port. Pure."""
    return [
        (
            int(port.get(side) or 0),
            int(port.get(side) or 0) + int(port.get("range_size") or 1) - 1,
            str(port.get("protocol") or "tcp"),
        )
        for port in ports
    ]


def _exposed_ports(session: Session, container_id: str) -> Ports:
    from pycman.spec.container import ContainerSpec  # only imported for this filter

    text = session.db.value("SELECT spec FROM containers WHERE id = ?", (container_id,))
    expose = ContainerSpec.from_dict(parse_json(str(text))).expose if text else ()
    return [parse_port_range(port) for port in expose]


def parse_port_range(text: str) -> tuple[int, int, str]:
    """Return PORT[-PORT][/PROTOCOL], docker's form of a port or a range; the protocol is tcp by default. Raises InvalidInput."""
    ports, _, protocol = text.partition("/")
    ends = ports.split("-")
    protocol = protocol.lower() or "tcp"
    numbers = [int(end) for end in ends if end.isascii() and end.isdigit() and len(end) < 6]
    if (
        not len(numbers) == len(ends) <= 2
        or not numbers[0] <= numbers[-1] <= 65_535
        or protocol not in ("tcp", "udp", "sctp")
    ):
        raise InvalidInput("not a port", subject=text or '""', hint="write it as 80, 8000-8100 or 53/udp")
    return numbers[0], numbers[-1], protocol


def ports_match(wanted: str, ports: Ports) -> bool:
    """Say whether a port of the range `wanted` is among the ports. Raises InvalidInput."""
    first, last, protocol = parse_port_range(wanted)
    return any(low <= last and first <= high and protocol == own for low, high, own in ports)


def _network(session: Session, container: Container, value: str) -> bool:
    """Say whether a container is on the network of this name, or whose id is or begins with `value`."""
    if value in container.networks:
        return True
    if len(value) < _SHORT_ID or not _HEX.issuperset(value):
        return False
    rows = session.db.rows("SELECT name FROM networks WHERE id LIKE ? || '%'", (value.lower(),))
    return any(row["name"] in container.networks for row in rows)


def _restart_policy(_session: Session, container: Container, value: str) -> bool:
    policy = "no" if value == "none" else value
    if policy not in ("no", "always", "on-failure", "unless-stopped"):
        raise InvalidInput(
            "not a restart policy",
            subject=value,
            hint="use no, always, on-failure or unless-stopped",
            code="not-a-restart-policy",
            facts={"policy": value},
        )
    return container.restart_policy == policy


def _pod_id(session: Session, name: str) -> str:
    return str(session.db.value("SELECT id FROM pods WHERE name = ?", (name,)) or "")


def _until(_session: Session, container: Container, value: str) -> bool:
    from pycman.state.times import parse_time_ns  # only imported for this filter

    return container.created_at_ns < parse_time_ns(value)


_CHECKS: dict[str, Callable[[Session, Container, str], bool]] = {
    "id": lambda _s, c, v: c.id.startswith(v.lower()) if _HEX.issuperset(v) else text_matches(v, c.id),
    "name": lambda _s, c, v: text_matches(v, c.name, "/" + c.name),
    "label": lambda _s, c, v: label_matches(c.labels, v),
    "label!": lambda _s, c, v: not label_matches(c.labels, v),
    "status": _status,
    "exited": _exited,
    "health": _health,
    "ancestor": _ancestor,
    "before": lambda s, c, v: c.created_at_ns < _reference_time(s, v),
    "since": lambda s, c, v: c.created_at_ns > _reference_time(s, v),
    "volume": _volume,
    "network": _network,
    "pod": lambda s, c, v: bool(c.pod_id) and (c.pod_id.startswith(v) or c.pod_id == _pod_id(s, v)),
    "restart-policy": _restart_policy,
    "until": _until,
    "command": lambda _s, c, v: bool(c.command) and c.command[0] == v,
    "should-start-on-boot": lambda _s, c, v: (
        (c.restart_policy == "always" or (c.restart_policy == "unless-stopped" and not c.stopped_by_user))
        == (v.lower() in ("true", "1"))
    ),
    "publish": lambda _s, c, v: ports_match(v, published_ports(c.ports, "host_port")),
    "expose": lambda s, c, v: ports_match(v, published_ports(c.ports, "container_port") + _exposed_ports(s, c.id)),
    "is-task": lambda _s, _c, v: v.lower() in ("false", "0"),
    "isolation": lambda _s, _c, v: v in ("", "default"),
}
