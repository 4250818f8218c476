"""Values of the engine as objects of docker's API: listings and inspections. Pure."""

from __future__ import annotations

from api_server.translate.words import STATES, familiar_name, image_id, status_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.containers.container import Container
    from pycman.images.image import Image

_SECOND_NS = 10**9
_NO_ID_ALIAS = (1, 45)
"""Since this version of the API a container's short id is in DNSNames only."""
_LOG_TYPES = {"k8s-file": "json-file"}


def container_summary(
    container: Container, now_ns: int, networks: Mapping[str, Any], ports: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    """Return an entry of GET /containers/json; `networks` are EndpointSettings by name, `ports` (port/protocol, host ip, host port)."""
    return {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": familiar_name(container.image_name) or image_id(container.image_id),
        "ImageID": image_id(container.image_id),
        "Command": " ".join(container.command),
        "Created": container.created_at_ns // _SECOND_NS,
        "Ports": [_port(*port) for port in ports],
        "Labels": dict(container.labels),
        "State": STATES.get(container.state, container.state),
        "Status": status_line(container, now_ns),
        "HostConfig": {"NetworkMode": next(iter(networks), container.networks[0] if container.networks else "default")},
        "NetworkSettings": {"Networks": dict(networks)},
        "Mounts": [_mount(mount) for mount in container.mounts],
    }


def _port(port: str, host_ip: str, host_port: str) -> dict[str, Any]:
    number, _, protocol = port.partition("/")
    entry: dict[str, Any] = {"PrivatePort": int(number), "Type": protocol or "tcp"}
    if host_port:
        entry = {"IP": host_ip, "PublicPort": int(host_port), **entry}
    return entry


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        "Type": mount["type"],
        "Name": mount.get("name", ""),
        "Source": mount["source"],
        "Destination": mount["destination"],
        "Driver": mount.get("driver", ""),
        "Mode": mount.get("mode", ""),
        "RW": bool(mount.get("rw", True)),
        "Propagation": mount.get("propagation", ""),
    }
    return {name: value for name, value in fields.items() if value != "" or name in ("Mode", "Propagation")}


def shown_network(name: str, default: str) -> str:
    """Return a network's name as docker has it: the default network (`default`) is "bridge"."""
    return "bridge" if name == default else name


def shown_networks(networks: Mapping[str, Any], default: str) -> dict[str, Any]:
    """Return EndpointSettings by names as docker has them."""
    return {shown_network(name, default): value for name, value in networks.items()}


def container_object(
    inspected: Mapping[str, Any],
    exec_ids: Sequence[str],
    default_network: str,
    *,
    unset_env: Sequence[str] = (),
    version: tuple[int, int] = (1, 44),
) -> dict[str, Any]:
    """Return the engine's inspection of a container as docker's: its name with "/", its states, ids of images, log drivers.

    `unset_env` are names of Env that were given without a value; the `version` of the API says whether its own id is an alias.
    """
    networks = shown_networks(inspected["NetworkSettings"]["Networks"], default_network)
    if version >= _NO_ID_ALIAS:
        short = str(inspected["Id"])[:12]
        networks = {
            name: {**value, "Aliases": [each for each in value["Aliases"] or () if each != short] or None}
            for name, value in networks.items()
        }
    state = dict(inspected["State"])
    state["Status"] = STATES.get(state["Status"], state["Status"])
    if state.get("Health") is None:
        state.pop("Health", None)
    host = dict(inspected["HostConfig"])
    host["NetworkMode"] = shown_network(host["NetworkMode"], default_network)
    log = dict(host["LogConfig"])
    log["Type"] = _LOG_TYPES.get(log["Type"], log["Type"])
    log["Config"] = {name: value for name, value in (log.get("Config") or {}).items() if name != "driver"}
    host["LogConfig"] = log
    config = dict(inspected["Config"])
    if config.get("Healthcheck") is None:
        config.pop("Healthcheck", None)
    if unset_env:
        config["Env"] = [*config["Env"], *unset_env]
    return {
        **inspected,
        "Name": "/" + str(inspected["Name"]).removeprefix("/"),
        "Image": image_id(str(inspected["Image"])),
        "State": state,
        "HostConfig": host,
        "Config": config,
        "NetworkSettings": {**inspected["NetworkSettings"], "Networks": networks},
        "ExecIDs": list(exec_ids) or None,
    }


def image_summary(image: Image, shared_bytes: int = -1) -> dict[str, Any]:
    """Return an entry of GET /images/json."""
    return {
        "Id": image_id(image.id),
        "ParentId": image_id(image.parent_id),
        "RepoTags": [familiar_name(name) for name in image.names] or (["<none>:<none>"] if not image.digests else []),
        "RepoDigests": [familiar_name(digest) for digest in image.digests],
        "Created": image.created_at_ns // _SECOND_NS,
        "Size": image.size_bytes,
        "SharedSize": shared_bytes,
        "VirtualSize": image.size_bytes,
        "Labels": dict(image.labels) or None,
        "Containers": image.containers,
    }


def image_object(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's inspection of an image as docker's."""
    return {
        **inspected,
        "Id": image_id(str(inspected["Id"])),
        "Parent": image_id(str(inspected["Parent"])),
        "RepoTags": [familiar_name(name) for name in inspected["RepoTags"]],
        "RepoDigests": [familiar_name(name) for name in inspected["RepoDigests"]],
    }


def network_object(inspected: Mapping[str, Any], default_network: str) -> dict[str, Any]:
    """Return the engine's inspection of a network as docker's, without podman's fields (in lower case)."""
    found = {name: value for name, value in inspected.items() if name[:1].isupper()}
    return {**found, "Name": shown_network(found["Name"], default_network)}


def volume_object(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's inspection of a volume as docker's."""
    names = ("Name", "Driver", "Mountpoint", "CreatedAt", "Scope", "Options", "Labels", "Status")
    return {name: inspected[name] or None if name in ("Options", "Labels") else inspected[name] for name in names}


def secret_object(inspected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the engine's inspection of a secret as docker's."""
    spec = inspected["Spec"]
    return {
        "ID": inspected["ID"],
        "Version": {"Index": 0},
        "CreatedAt": inspected["CreatedAt"],
        "UpdatedAt": inspected["UpdatedAt"],
        "Spec": {"Name": spec["Name"], "Labels": spec.get("Labels") or {}, "Driver": spec.get("Driver")},
    }
