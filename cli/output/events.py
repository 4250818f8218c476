"""Events in docker's words and shapes, with podman's fields beside them."""

from __future__ import annotations

import time

from cli.gotemplate.printing import Fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.events import Event

_DOCKER_WORDS = {
    ("container", "died"): "die", ("container", "remove"): "destroy", ("image", "remove"): "delete",
    ("image", "loadfromarchive"): "load", ("volume", "remove"): "destroy", ("container", "exec"): "exec_start",
    ("container", "exec_died"): "exec_die",
}  # fmt: skip


def docker_event(event: Event) -> dict[str, Any]:
    """Return one event as docker's `events --format json` has it."""
    action = _DOCKER_WORDS.get((event.type, event.action), event.action)
    attributes = {str(key): str(value) for key, value in event.attributes.items()}
    if event.actor_name:
        attributes["name"] = event.actor_name
    if event.image:
        attributes["image"] = event.image
    if "exit_status" in attributes:
        attributes["exitCode"] = attributes["exit_status"]
    found: dict[str, Any] = {
        "Type": event.type,
        "Action": action,
        "Actor": {"ID": event.actor_id, "Attributes": attributes},
        "scope": "local",
        "time": event.time_ns // 10**9,
        "timeNano": event.time_ns,
    }
    if event.type in ("container", "image"):
        found = {"status": action, "id": event.actor_id, **({"from": event.image} if event.image else {}), **found}
    return found


def event_fields(event: Event) -> dict[str, Any]:
    """Return one event for templates: docker's and podman's fields."""
    shown = docker_event(event)
    return {
        **{key: value for key, value in shown.items() if key[0].isupper()},
        "Actor": Fields(shown["Actor"]),
        "Scope": "local",
        "Time": shown["time"],
        "TimeNano": shown["timeNano"],
        "Status": shown["Action"],
        "ID": event.actor_id,
        "From": event.image,
        "Image": event.image,
        "Name": event.actor_name,
        "Attributes": shown["Actor"]["Attributes"],
        "ContainerExitCode": shown["Actor"]["Attributes"].get("exit_status", ""),
        "HealthStatus": shown["Actor"]["Attributes"].get("health_status", ""),
        "PodID": "",
        "Network": "",
    }


def event_line(event: Event, *, whole: bool = True) -> str:
    """Return docker's line: time, type, action, id (`whole` or its first 12 digits) and attributes."""
    shown = docker_event(event)
    seconds, nanoseconds = divmod(event.time_ns, 10**9)
    moment = time.localtime(seconds)
    zone = time.strftime("%z", moment)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{nanoseconds:09d}{zone[:3]}:{zone[3:]}"
    attributes = shown["Actor"]["Attributes"]
    inside = ", ".join(f"{key}={_in_line(attributes[key])}" for key in sorted(attributes))
    return f"{stamp} {event.type} {shown['Action']} {event.actor_id if whole else event.actor_id[:12]} ({inside})"


def _in_line(text: str) -> str:
    """Return a text that a container may have made (its last message) without what would break the line."""
    return text if text.isprintable() else repr(text)[1:-1]
