"""Events in docker's shape and names of actions, with podman's fields beside them."""

from __future__ import annotations

import time

from cli.gotemplate.printing import Fields
from pycman.state.events import GIVEN, event_object
from pycman.system.docker_event import docker_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pycman.state.events import Event

_PLAIN = frozenset(("image", "volume", "secret", "system"))
"""Types of events whose line has names only, in podman's `events`."""

_OF_RUNS = frozenset(("exitCode", "exit_status", "oom_killed", "reason", "term_signal"))
"""Attributes of a container's end that podman's line has not."""


def event_fields(event: Event, *, podman: bool = False) -> dict[str, Any]:
    """Return the fields of one event for templates: docker's and podman's. `podman`: .Status has podman's names of actions."""
    docker = docker_event(event)
    return {
        **{key: value for key, value in docker.items() if key[0].isupper()},
        "Actor": Fields(docker["Actor"]),
        "Scope": "local",
        "Time": docker["time"],
        "TimeNano": docker["timeNano"],
        "Status": event.action if podman else docker["Action"],
        "ID": event.actor_id,
        "From": event.image,
        "Image": event.image,
        "Name": _podman_name(event) if podman else event.actor_name,
        "Attributes": docker["Actor"]["Attributes"],
        "ContainerExitCode": docker["Actor"]["Attributes"].get("exit_status", ""),
        "HealthStatus": docker["Actor"]["Attributes"].get("health_status", ""),
        "PodID": "",
        "Error": docker["Actor"]["Attributes"].get("error", ""),
        "ContainerInspectData": "",
        "Network": "",
    }


def podman_event(event: Event) -> dict[str, Any]:
    """Return one event as podman 5's `events --format json` prints it: its own names of actions."""
    kept = {
        key: value for key, value in event.attributes.items() if event.type != "image" or key not in (GIVEN, "error")
    }
    shown = event.replace(actor_name=_podman_name(event), attributes=kept)
    return event_object(shown, moment={"time": event.time_ns // 10**9, "timeNano": event.time_ns})


def _image_words(event: Event, actor_id: str) -> tuple[str, ...]:
    error = event.attributes.get("error", "")
    return (actor_id, _podman_name(event), error) if error else (actor_id, _podman_name(event))


def _podman_name(event: Event) -> str:
    """Return the name of what an event is about: of an image the file it came from or went to, and of a removed one its id."""
    if event.type != "image":
        return event.actor_name
    return event.actor_id if event.action == "remove" else str(event.attributes.get(GIVEN, event.actor_name))


def event_line(event: Event, *, whole: bool = True, podman: bool = False) -> str:
    """Return one event as docker's `events` prints it: local time, type, action, id (12 digits unless `whole`), attributes.

    `podman`: image and name come before the other attributes, and actions have podman's names; only containers, pods and networks
    have attributes in parentheses.
    """
    docker = docker_event(event)
    stamp = _podman_time(event.time_ns) if podman else _docker_time(event.time_ns)
    attributes = {
        key: value for key, value in docker["Actor"]["Attributes"].items() if not podman or key not in _OF_RUNS
    }
    first = ("image", "name") if podman else ()
    keys = [*(key for key in first if key in attributes), *sorted(attributes.keys() - set(first))]
    pairs = ", ".join(f"{key}={_escaped(attributes[key])}" for key in keys)
    actor_id = event.actor_id if whole else event.actor_id[:12]
    if podman and event.type in _PLAIN:
        shown = {"image": _image_words(event, actor_id), "secret": (actor_id,)}.get(event.type, (event.actor_name,))
        return " ".join((stamp, event.type, event.action, *map(_escaped, shown)))
    return f"{stamp} {event.type} {event.action if podman else docker['Action']} {actor_id} ({pairs})"


def _docker_time(time_ns: int) -> str:
    """Return a local time as RFC 3339 with nanoseconds."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    moment = time.localtime(seconds)
    zone = time.strftime("%z", moment)
    return time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{nanoseconds:09d}{zone[:3]}:{zone[3:]}"


def _podman_time(time_ns: int) -> str:
    """Return a local time as Go prints it: 2026-11-29 10:41:36.81574 +0000 UTC."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return time.strftime(f"%Y-%m-%d %H:%M:%S{fraction} %z %Z", time.localtime(seconds))


def _escaped(text: str) -> str:
    """Return a text with control characters escaped: a container may have written it (its termination message)."""
    return text if text.isprintable() else repr(text)[1:-1]
