"""Events as podman's JSON: docker's shape with podman's names of actions (entities.Event). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.events import Event


def event_object(event: Event) -> dict[str, Any]:
    """Return one event."""
    attributes = {str(key): str(value) for key, value in event.attributes.items()}
    status = attributes.pop("exit_status", "")
    health = attributes.pop("health_status", "")
    attributes |= {"image": event.image, "name": event.actor_name, "podId": attributes.get("podId", "")}
    if status:
        attributes["containerExitCode"] = status
    found: dict[str, Any] = {
        "status": event.action,
        "id": event.actor_id,
        "from": event.image,
        "Type": event.type,
        "Action": event.action,
        "Actor": {"ID": event.actor_id, "Attributes": attributes},
        "scope": "local",
        "time": event.time_ns // 10**9,
        "timeNano": event.time_ns,
    }
    return {**found, "HealthStatus": health} if health else found
