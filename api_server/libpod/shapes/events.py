"""Events as podman's JSON: docker's shape with podman's names of actions (entities.Event). Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.events import Event


_TYPES = frozenset(("container", "image", "network", "pod", "secret", "system", "volume"))
_ACTIONS = frozenset((
    "attach", "auto-update", "build", "checkpoint", "cleanup", "commit", "connect", "create", "disconnect", "died", "exec", "exec_died",
    "export", "health_status", "history", "import", "init", "kill", "loadfromarchive", "mount", "pause", "prune", "pull", "pull-error",
    "push", "refresh", "remove", "rename", "renumber", "restart", "restore", "rotate", "save", "start", "stop", "sync", "tag", "unmount",
    "unpause", "untag", "update",
))  # fmt: skip
"""What podman's clients know (libpod/events): others make older ones crash."""
_SECRETS_SINCE = (5, 0)


def event_object(event: Event, version: tuple[int, int]) -> dict[str, Any] | None:
    """Return one event, None for one that podman's clients do not know. Those before podman 5 want a status in each."""
    if event.type not in _TYPES or event.action not in _ACTIONS:
        return None
    old = version < _SECRETS_SINCE
    if old and event.type == "secret":
        return None
    attributes = {str(key): str(value) for key, value in event.attributes.items()}
    status = attributes.pop("exit_status", "")
    health = attributes.pop("health_status", "")
    attributes |= {"image": event.image, "name": event.actor_name, "podId": attributes.get("podId", "")}
    if status or old:
        attributes["containerExitCode"] = status or "0"
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
