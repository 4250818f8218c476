"""Rows of listings as podman's `--format json` has them: typed values under podman's names."""

from __future__ import annotations

from cli.output.ports import exposed_ports, mappings
from cli.output.words import ago, human_duration
from pycman.network.podman_shape import port_object
from pycman.spec.port import merge_twins
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.containers.container import Container
    from pycman.images.image import Image
    from pycman.images.make.history import HistoryEntry
    from pycman.system.disk_usage import ContainerUsage
    from pycman.volumes.volume import Volume

_S = 10**9
_GO_ZERO_S = -62_135_596_800
"""The year 1, which a time in Go is that was never set."""


def container_object(
    container: Container, now_ns: int, ports: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return one container as `podman ps --format json` prints it; `ports` are those of its pod, None if it is in none."""
    published = merge_twins(mappings(container.ports if ports is None else ports))
    exposed: dict[str, list[str]] = {}
    for number, protocol in exposed_ports(container.expose):
        exposed.setdefault(str(number), []).append(protocol)
    return {
        "AutoRemove": container.auto_remove,
        "CIDFile": "",
        "Command": podman_command(container) or None,
        "CreatedAt": ago(container.created_at_ns, now_ns),
        "Exited": container.state == "exited",
        "ExitedAt": _seconds(container.finished_at_ns),
        "ExitCode": container.exit_status,
        "ExposedPorts": exposed or None,
        "Id": container.id,
        "Image": container.image_name,
        "ImageID": container.image_id,
        "IsInfra": container.is_infra,
        "Labels": dict(container.labels) or None,
        "Mounts": [str(mount.get("destination", "")) for mount in container.mounts],
        "Names": [container.name],
        "Namespaces": {},
        "Networks": [name for name in container.networks if name not in ("host", "none")],
        "Pid": container.pid,
        "Pod": container.pod_id,
        "PodName": "",
        "Ports": [port_object(port) for port in published] or None,
        "Restarts": container.restart_count,
        "Size": None,
        "StartedAt": _seconds(container.started_at_ns),
        "State": podman_state(container),
        "Status": podman_status(container, now_ns),
        "Created": container.created_at_ns // _S,
    }


def podman_command(container: Container | ContainerUsage) -> list[str]:
    """Return what podman calls the command: what follows the entry point; an infra container has none."""
    return [] if container.is_infra else list(container.command[container.entrypoint_words :])


def _seconds(time_ns: int) -> int:
    """Return a time in Unix seconds; one that has not come is Go's zero time."""
    return time_ns // _S if time_ns else _GO_ZERO_S


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
        **({"tags": list(entry.tags)} if entry.tags else {}),
        "size": entry.size_bytes,
        **({"comment": entry.comment} if entry.comment else {}),
        "Created": format_rfc3339(entry.created_at_ns // _S * _S),
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
        **({"UID": volume.uid} if volume.uid > 0 else {}),
        **({"GID": volume.gid} if volume.gid > 0 else {}),
        "LockNumber": 0,
    }
