"""The objects of `inspect` as docker and as podman print them, where the two differ. Pure.

|                          | docker (API 1.47, docker's `container inspect`)   | podman 5                     |
|--------------------------|----------------------------------------------------|------------------------------|
| container's Name         | begins with "/"                                     | without it                   |
| ids of images            | sha256:HEX                                          | HEX                          |
| PidMode, UTSMode         | "" is the default                                   | "private" is the default     |
| UsernsMode               | auto, keep-id, nomap with their options            | "private"                    |
| NetworkMode              | the network's name                                 | "bridge" for all with a name |
| Ulimits' Name            | nofile                                              | RLIMIT_NOFILE                |
| State.ExitCode           | 255 if --timeout ended it                           | -1 if --timeout ended it     |
| State.Status             | running until it has ended                          | stopping while it is stopped |
| Config.Image             | as it was typed                                     | the full name                |
| Config.StopSignal        | as it was typed                                     | SIGTERM                      |
| Path, Args with --init   | the program's                                       | /run/podman-init -- …        |
| a member of a pod        | has no networks                                     | has those of its pod         |
| a port without an address| one at 0.0.0.0 and one at ::                        | one at 0.0.0.0               |
| Aliases                  | those asked for                                     | and the short id, the host name |
| RepoTags, RepoDigests    | without docker.io/library/                          | full names                   |

`inspected_keys.py` has the keys that each of the two prints as JSON.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PREFIX = "sha256:"
_START_INTERVAL_NS = 5_000_000_000
"""What the interval during the start period is when nobody says: docker then writes 0, and leaves it out."""
ADDRESS = (
    "EndpointID", "Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "IPAddress", "IPPrefixLen", "IPv6Gateway", "MacAddress",
)  # fmt: skip
"""The fields of NetworkSettings that both programs fill for the default network alone."""
_NULLS = ("CapAdd", "CapDrop", "SecurityOpt", "ExtraHosts", "GroupAdd")
"""Lists of HostConfig that docker writes as null when nothing was asked for."""


def docker_container(inspected: Mapping[str, Any], *, exactly: bool) -> dict[str, Any]:
    """Return the object of a container as docker prints it; unless `exactly`, addresses stand beside Networks for any network."""
    host, log = inspected["HostConfig"], inspected["HostConfig"]["LogConfig"]
    config, check = inspected["Config"], inspected["Config"]["Healthcheck"]
    if check and check["StartInterval"] == _START_INTERVAL_NS:
        config = {**config, "Healthcheck": {**check, "StartInterval": 0}}
    return {
        **inspected,
        "Name": "/" + str(inspected["Name"]).removeprefix("/"),
        "Image": image_id(str(inspected["Image"])),
        "Config": config,
        "HostConfig": {
            **host,
            **{name: host[name] or None for name in _NULLS},
            "Binds": [bind.removesuffix(":rw") for bind in host["Binds"]] if host["Binds"] else None,
            "LogConfig": {**log, "Config": log["Config"] or {}},
            "MemorySwappiness": None if host["MemorySwappiness"] < 0 else host["MemorySwappiness"],
        },
        "NetworkSettings": _settings(inspected, exactly=exactly),
    }


def _settings(inspected: Mapping[str, Any], *, exactly: bool) -> dict[str, Any]:
    """Return NetworkSettings: Aliases are those that were asked for, addresses beside Networks those on the default network."""
    settings, short_id = inspected["NetworkSettings"], str(inspected["Id"])[:12]
    networks = {
        name: {**endpoint, "Aliases": [alias for alias in endpoint["Aliases"] or () if alias != short_id] or None}
        for name, endpoint in settings["Networks"].items()
    }
    hidden = exactly and inspected["HostConfig"]["NetworkMode"] != "bridge"
    return {**settings, **({name: type(settings[name])() for name in ADDRESS} if hidden else {}), "Networks": networks}


def image_object(inspected: Mapping[str, Any], *, podman: bool) -> dict[str, Any]:
    """Return the object of an image as podman prints it, or else as docker does."""
    if podman:
        return dict(inspected)
    from cli.output.words import familiar_name  # only for images, in docker's shape

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
