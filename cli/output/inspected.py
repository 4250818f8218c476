"""The objects of `inspect` as docker and as podman print them, where the two differ. Pure.

|                          | docker (API 1.47, docker's `container inspect`)   | podman 5                     |
|--------------------------|----------------------------------------------------|------------------------------|
| container's Name         | begins with "/"                                     | without it                   |
| ids of images            | sha256:HEX                                          | HEX                          |
| PidMode, UTSMode         | "" is the default                                   | "private" is the default     |
| Ulimits' Name            | nofile                                              | RLIMIT_NOFILE                |
| State.Status             | running until it has ended                          | stopping while it is stopped |
| Config.Image             | as it was typed                                     | the full name                |
| RepoTags, RepoDigests    | without docker.io/library/                          | full names                   |
"""

from __future__ import annotations

from cli.output.words import familiar_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PREFIX = "sha256:"


def container_object(inspected: Mapping[str, Any], *, podman: bool) -> dict[str, Any]:
    """Return the object of a container as podman prints it, or else as docker does."""
    if podman:
        host = inspected["HostConfig"]
        modes = {name: host[name] or "private" for name in ("PidMode", "UTSMode")}
        ulimits = [{**limit, "Name": f"RLIMIT_{limit['Name'].upper()}"} for limit in host.get("Ulimits") or ()]
        config = {**inspected["Config"], "Image": inspected["ImageName"] or inspected["Config"]["Image"]}
        state = inspected["State"]
        if state["Status"] == "running" and state["StoppedByUser"]:  # it has its stop signal
            state = {**state, "Status": "stopping"}
        return {**inspected, "Config": config, "State": state, "HostConfig": {**host, **modes, "Ulimits": ulimits}}
    return {
        **inspected,
        "Name": "/" + str(inspected["Name"]).removeprefix("/"),
        "Image": image_id(str(inspected["Image"])),
    }


def image_object(inspected: Mapping[str, Any], *, podman: bool) -> dict[str, Any]:
    """Return the object of an image as podman prints it, or else as docker does."""
    if podman:
        return dict(inspected)
    return {
        **inspected,
        "Id": image_id(str(inspected["Id"])),
        "Parent": image_id(str(inspected["Parent"])),
        "RepoTags": [familiar_name(name) for name in inspected["RepoTags"]],
        "RepoDigests": [familiar_name(name) for name in inspected["RepoDigests"]],
    }


def image_id(hex_digits: str) -> str:
    """Return the id of an image as docker writes it; "" stays ""."""
    return _PREFIX + hex_digits.removeprefix(_PREFIX) if hex_digits else ""
