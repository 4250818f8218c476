"""Rows of listings as podman's `--format json` has them: typed values under podman's names."""

from __future__ import annotations

from cli.output.words import ago, human_duration
from pycman.spec.port import PortMapping, merge_twins
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pycman.containers.container import Container
    from pycman.images.image import Image
    from pycman.images.make.history import HistoryEntry
    from pycman.volumes.volume import Volume

_S = 10**9


def container_object(container: Container, now_ns: int) -> dict[str, Any]:
    """Return one container as `podman ps --format json` prints it."""
    return {
        "AutoRemove": container.auto_remove,
        "Command": list(container.command) or None,
        "CreatedAt": ago(container.created_at_ns, now_ns),
        "Exited": container.state == "exited",
        "ExitedAt": container.finished_at_ns // _S,
        "ExitCode": container.exit_status,
        "Id": container.id,
        "Image": container.image_name,
        "ImageID": container.image_id,
        "IsInfra": False,
        "Labels": dict(container.labels) or None,
        "Mounts": [str(mount.get("destination", "")) for mount in container.mounts],
        "Names": [container.name],
        "Namespaces": {},
        "Networks": list(container.networks),
        "Pid": container.pid,
        "Pod": container.pod_id,
        "PodName": "",
        "Ports": [_port(port) for port in merge_twins(_mappings(container.ports))] or None,
        "Restarts": container.restart_count,
        "Size": None,
        "StartedAt": container.started_at_ns // _S,
        "State": podman_state(container),
        "Status": podman_status(container, now_ns),
        "Created": container.created_at_ns // _S,
    }


def _mappings(ports: Iterable[Mapping[str, Any]]) -> list[PortMapping]:
    return [PortMapping.from_dict(dict(port)) for port in ports]


def _port(port: PortMapping) -> dict[str, Any]:
    return {
        "host_ip": port.host_ip,
        "container_port": port.container_port,
        "host_port": port.host_port,
        "range": port.range_size,
        "protocol": port.protocol,
    }


def podman_state(container: Container) -> str:
    """Return podman's State: "stopping" from the stop signal to the end of the process, else the engine's."""
    return "stopping" if container.state == "running" and container.stopped_by_user else container.state


def podman_status(container: Container, now_ns: int) -> str:
    """Return podman's Status: Up 3 minutes (healthy), Paused, Exited (0) 2 hours ago, …"""
    if podman_state(container) == "running":
        up = f"Up {human_duration((now_ns - container.started_at_ns) / 1e9)}"
        return f"{up} ({container.health_status})" if container.health_status else up
    if container.state in ("exited", "restarting"):
        return f"{container.state.capitalize()} ({container.exit_status}) {ago(container.finished_at_ns, now_ns)}"
    return podman_state(container).capitalize()


def image_object(image: Image) -> dict[str, Any]:
    """Return one image as `podman images --format json` prints it."""
    return {
        "Id": image.id,
        "ParentId": image.parent_id,
        "RepoTags": None,
        "RepoDigests": list(image.digests),
        "Size": image.size_bytes,
        "SharedSize": 0,
        "VirtualSize": image.size_bytes,
        "Labels": dict(image.labels) or None,
        "Containers": image.containers,
        **({"Dangling": True} if image.dangling else {}),
        **({"IsManifestList": True} if image.is_list else {}),
        "Arch": image.architecture,
        "Os": image.os,
        "Names": list(image.names),
        "Digest": image.manifest_digest,
        "History": list(image.names),
        "Created": image.created_at_ns // _S,
        "CreatedAt": format_rfc3339(image.created_at_ns),
    }


def history_object(entry: HistoryEntry, image_id: str) -> dict[str, Any]:
    """Return one step as `podman history --format json` prints it."""
    return {
        "id": image_id,
        "created": format_rfc3339(entry.created_at_ns),
        "CreatedBy": entry.created_by,
        "size": entry.size_bytes,
        **({"comment": entry.comment} if entry.comment else {}),
        **({"tags": list(entry.tags)} if entry.tags else {}),
    }


def volume_object(volume: Volume) -> dict[str, Any]:
    """Return one volume as `podman volume ls --format json` prints it."""
    return {
        "Name": volume.name,
        "Driver": volume.driver,
        "Mountpoint": volume.mountpoint,
        "CreatedAt": format_rfc3339(volume.created_at_ns),
        "Labels": dict(volume.labels),
        "Scope": volume.scope,
        "Options": dict(volume.options),
        **({"Anonymous": True} if volume.anonymous else {}),
        "MountCount": volume.mount_count,
        "NeedsCopyUp": volume.needs_copy_up,
        "NeedsChown": volume.needs_copy_up and volume.uid < 0 and volume.gid < 0,
    }
