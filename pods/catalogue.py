"""Find and list pods with their members, by name, id and filters; reads the database and /proc, starts no child process."""

from __future__ import annotations

from pods.state import state_of_members
from pycman.containers.catalogue import list_containers
from pycman.containers.container import Container
from pycman.errors import InvalidInput, NotFound
from pycman.jsontext import parse_json
from pycman.record import Record
from pycman.spec.pod import PodSpec
from pycman.state.matching import label_matches, text_matches
from pycman.state.times import parse_time_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from pycman.state.session import Session

_HEX = frozenset("0123456789abcdef")
_STATES = ("created", "running", "degraded", "stopped", "exited", "paused", "dead", "removing")


class Pod(Record):
    """One pod as listings print it. `members` are its containers, oldest first, including the infra container.

    `state` is one of created, running, degraded, stopped, exited, paused, removing.
    """

    id: str
    name: str
    state: str
    labels: Mapping[str, str] = {}
    exit_policy: str = "continue"
    cgroup: str = ""
    managed_by: str = ""
    created_at_ns: int = 0
    members: tuple[Container, ...] = ()

    @property
    def infra_id(self) -> str:
        """Return the id of the infra container, "" if it has none."""
        return next((member.id for member in self.members if member.is_infra), "")

    @property
    def workers(self) -> list[Container]:
        """Return the members without the infra container."""
        return [member for member in self.members if not member.is_infra]


def find_pod(session: Session, name: str) -> Pod | None:
    """Return the pod with this name, id or unique prefix of an id; None if there is none."""
    row = _find_row(session, name)
    return None if row is None else _pod_of(row, _members_of(session, row["id"]))


def get_pod(session: Session, name: str, *, typed: str = "") -> Pod:
    """Return the pod with this name, id or unique prefix of an id. Raises NotFound, about what was `typed` if that is another word."""
    pod = find_pod(session, name)
    if pod is None:
        raise no_such(typed or name)
    return pod


def get_row(session: Session, name: str) -> Any:
    """Return the database row of the pod with this name, id or prefix. Raises NotFound."""
    row = _find_row(session, name)
    if row is None:
        raise no_such(name)
    return row


def get_id(session: Session, name: str) -> str:
    """Return the id of the pod with this name, id or prefix. Raises NotFound, or InvalidInput if a prefix fits several."""
    return str(get_row(session, name)["id"])


def spec_of(row: Mapping[str, Any]) -> PodSpec:
    """Return the spec stored in a pod's row."""
    return PodSpec.from_dict(parse_json(row["spec"], subject=f"spec of pod {row['name']}"))


def no_such(name: str) -> NotFound:
    """Return the NotFound for a name that no pod has."""
    return NotFound("no such pod", subject=name, hint="pycman pod ps lists them", code="no-such-pod")


def list_pods(session: Session, filters: Sequence[tuple[str, str]] = ()) -> list[Pod]:
    """Return pods, newest first. All keys of `filters` must match; values of one key are alternatives, except for label.

    Raises InvalidInput for an unknown key.
    """
    for key, _ in filters:
        if key not in _CHECKS:
            raise InvalidInput(
                "invalid filter", subject=key, hint=f"use one of {', '.join(sorted(_CHECKS))}", code="not-a-filter-key"
            )
    members: dict[str, list[Container]] = {}
    for container in list_containers(session, all=True):
        if container.pod_id:
            members.setdefault(container.pod_id, []).append(container)
    rows = session.db.rows("SELECT * FROM pods WHERE row_state != 'creating' ORDER BY created_at_ns DESC")
    pods = [_pod_of(row, members.get(row["id"], [])[::-1]) for row in rows]
    return [pod for pod in pods if _matches(session, pod, filters)]


def _find_row(session: Session, name: str) -> Any:
    if not name:
        return None
    row = session.db.row("SELECT * FROM pods WHERE name = ? OR id = ?", (name, name))
    if row is not None or not _HEX.issuperset(name):
        return row
    rows = session.db.rows(
        "SELECT * FROM pods WHERE id >= ? AND id < ? AND row_state != 'creating' LIMIT 2", (name, name + "g")
    )
    if len(rows) > 1:
        raise InvalidInput("more than one pod has an id with this prefix", subject=name, hint="write more digits")
    return rows[0] if rows else None


def _members_of(session: Session, pod_id: str) -> list[Container]:
    return list_containers(session, all=True, pod_id=pod_id)[::-1]


def _pod_of(row: Mapping[str, Any], members: list[Container]) -> Pod:
    return Pod(
        id=row["id"],
        name=row["name"],
        state="removing" if row["row_state"] == "removing" else state_of_members(members),
        labels=parse_json(row["labels"]),
        exit_policy=row["exit_policy"],
        cgroup=row["cgroup"],
        managed_by=row["managed_by"],
        created_at_ns=row["created_at_ns"],
        members=tuple(members),
    )


def _matches(session: Session, pod: Pod, filters: Sequence[tuple[str, str]]) -> bool:
    by_key: dict[str, list[str]] = {}
    for key, value in filters:
        by_key.setdefault(key, []).append(value)
    for key, values in by_key.items():
        results = [_CHECKS[key](session, pod, value) for value in values]
        if not (all(results) if key in ("label", "label!") else any(results)):
            return False
    return True


def _status(_session: Session, pod: Pod, value: str) -> bool:
    if value.lower() not in _STATES:
        raise InvalidInput(
            "not a status of pods", subject=value, hint=f"use one of {', '.join(_STATES)}", code="not-a-pod-status"
        )
    return pod.state == value.lower()


_MEMBER_STATES = frozenset(
    (
        "created",
        "initialized",
        "running",
        "stopping",
        "stopped",
        "exited",
        "paused",
        "restarting",
        "removing",
        "unknown",
    )
)


def _member_status(_session: Session, pod: Pod, value: str) -> bool:
    state = value.lower()
    if state not in _MEMBER_STATES:
        raise InvalidInput(
            "not a status of containers",
            subject=value,
            hint=f"use one of {', '.join(sorted(_MEMBER_STATES))}",
            code="not-a-member-status",
        )
    return any(member.state == {"stopped": "exited"}.get(state, state) for member in pod.members)


def _number(_session: Session, pod: Pod, value: str) -> bool:
    if not value.isdecimal():
        raise InvalidInput("not a number of containers", subject=f"ctr-number={value}", hint="write a whole number")
    return len(pod.members) == int(value)


def _network(_session: Session, pod: Pod, value: str) -> bool:
    return any(value in member.networks for member in pod.members)


def _id_matches(value: str, object_id: str) -> bool:
    """Say whether an id begins with `value`, or if that cannot be the beginning of one, matches it as a regular expression."""
    return object_id.startswith(value) if _HEX.issuperset(value) else text_matches(value, object_id)


def _until(_session: Session, pod: Pod, value: str) -> bool:
    return pod.created_at_ns < parse_time_ns(value)


_CHECKS: dict[str, Callable[[Session, Pod, str], bool]] = {
    "id": lambda _s, pod, value: _id_matches(value, pod.id),
    "name": lambda _s, pod, value: text_matches(value, pod.name),
    "label": lambda _s, pod, value: label_matches(pod.labels, value),
    "label!": lambda _s, pod, value: not label_matches(pod.labels, value),
    "status": _status,
    "ctr-ids": lambda _s, pod, value: any(_id_matches(value, member.id) for member in pod.members),
    "ctr-names": lambda _s, pod, value: any(text_matches(value, member.name) for member in pod.members),
    "ctr-number": _number,
    "ctr-status": _member_status,
    "network": _network,
    "until": _until,
}
