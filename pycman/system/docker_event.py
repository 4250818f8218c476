"""An event in docker's shape and with docker's names of actions (Engine API, `GET /events`). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.events import Event

_DOCKER_ACTIONS = {
    ("container", "died"): "die", ("container", "remove"): "destroy", ("image", "remove"): "delete",
    ("image", "loadfromarchive"): "load", ("volume", "remove"): "destroy", ("container", "exec"): "exec_start",
    ("container", "exec_died"): "exec_die", ("container", "restore"): "start",
}  # fmt: skip


_PODMANS = frozenset(("init", "cleanup", "mount", "unmount", "sync"))
"""Actions of containers that docker does not have."""


def is_dockers(event: Event) -> bool:
    """Say whether docker tells such an event."""
    return event.type != "container" or event.action not in _PODMANS


def docker_event(event: Event) -> dict[str, Any]:
    """Return one event as docker's `events --format json` prints it."""
    action = _DOCKER_ACTIONS.get((event.type, event.action), event.action)
    attributes = {str(key): str(value) for key, value in event.attributes.items()}
    if event.actor_name:
        attributes["name"] = event.actor_name
    if event.image:
        attributes["image"] = event.image
    if action == "health_status" and attributes.get("health_status"):
        action = f"health_status: {attributes['health_status']}"
    if "exit_status" in attributes:
        attributes["exitCode"] = attributes["exit_status"]
    result: dict[str, Any] = {
        "Type": event.type,
        "Action": action,
        "Actor": {"ID": event.actor_id, "Attributes": attributes},
        "scope": "local",
        "time": event.time_ns // 10**9,
        "timeNano": event.time_ns,
    }
    if event.type in ("container", "image"):
        result = {"status": action, "id": event.actor_id, **({"from": event.image} if event.image else {}), **result}
    return result
