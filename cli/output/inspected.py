"""The objects of `inspect` as docker and as podman print them, where the two differ. Pure.

|                          | docker (API 1.47, docker's `container inspect`)   | podman 5                     |
|--------------------------|----------------------------------------------------|------------------------------|
| container's Name         | begins with "/"                                     | without it                   |
| ids of images            | sha256:HEX                                          | HEX                          |
| PidMode, UTSMode         | "" is the default                                   | "private" is the default     |
| UsernsMode               | auto, keep-id, nomap with their options            | "private"                    |
| NetworkMode              | with the options of slirp4netns and pasta          | without them                 |
| Ulimits' Name            | nofile                                              | RLIMIT_NOFILE                |
| State.ExitCode           | 255 if --timeout ended it                           | -1 if --timeout ended it     |
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
_NO_STATUS = 255


def container_object(inspected: Mapping[str, Any], *, podman: bool) -> dict[str, Any]:
    """Return the object of a container as podman prints it, or else as docker does."""
    if podman:
        host = inspected["HostConfig"]
        modes = {name: host[name] or "private" for name in ("PidMode", "UTSMode")}
        if host.get("UsernsMode", "").partition(":")[0] in ("auto", "keep-id", "nomap"):
            modes["UsernsMode"] = "private"
        kind = str(host.get("NetworkMode", "")).partition(":")[0]
        if kind in ("slirp4netns", "pasta"):
            modes["NetworkMode"] = kind
        ulimits = [{**limit, "Name": f"RLIMIT_{limit['Name'].upper()}"} for limit in host.get("Ulimits") or ()]
        config = {**inspected["Config"], "Image": inspected["ImageName"] or inspected["Config"]["Image"]}
        state = inspected["State"]
        if state["Status"] == "running" and state["StoppedByUser"]:  # it has its stop signal
            state = {**state, "Status": "stopping"}
        if _timed_out(inspected):
            state = {**state, "ExitCode": -1}
        return {**inspected, "Config": config, "State": state, "HostConfig": {**host, **modes, "Ulimits": ulimits}}
    return {
        **inspected,
        "Name": "/" + str(inspected["Name"]).removeprefix("/"),
        "Image": image_id(str(inspected["Image"])),
    }


def _timed_out(inspected: Mapping[str, Any]) -> bool:
    """Say whether --timeout has ended a container: it ran so long, and its monitor saw no status."""
    limit_s, state = inspected["Config"].get("Timeout"), inspected["State"]
    if not limit_s or state["Status"] != "exited" or state["ExitCode"] != _NO_STATUS:
        return False
    from pycman.state.times import parse_time_ns  # only imported for containers with --timeout

    lasted_ns = parse_time_ns(state["FinishedAt"]) - parse_time_ns(state["StartedAt"])
    return lasted_ns >= int(limit_s) * 10**9


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
