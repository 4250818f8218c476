"""ps: list containers."""

from __future__ import annotations

import time

from cli.output.listing import Columns, print_ids, print_listing, sort_key
from cli.output.ports import docker_ports, podman_ports
from cli.output.words import (
    ago,
    cut,
    familiar_name,
    human_duration,
    human_size,
    labels_text,
    local_time,
    short,
    utc_time,
)
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from cli.call import Call
    from pycman.containers.container import Container

    _PortsOfPods = Mapping[str, Sequence[Mapping[str, Any]]]

_COLUMNS = (
    ("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("COMMAND", "Command"), ("CREATED", "RunningFor"), ("STATUS", "Status"),
    ("PORTS", "Ports"), ("NAMES", "Names"),
)  # fmt: skip
_HEADINGS = {
    "Size": "SIZE", "CreatedAt": "CREATED AT", "Mounts": "MOUNTS", "LocalVolumes": "LOCAL VOLUMES", "Labels": "LABELS",
    "Networks": "NETWORKS", "State": "STATE", "Platform": "PLATFORM", "ImageID": "IMAGE ID", "Pod": "POD ID", "PodName": "PODNAME",
    "Pid": "PID", "ExitCode": "EXIT CODE", "RestartPolicy": "RESTART POLICY",
}  # fmt: skip
_NAMESPACES = (
    ("CGROUPNS", "cgroup"), ("IPC", "ipc"), ("MNT", "mnt"), ("NET", "net"), ("PIDNS", "pid"), ("USERNS", "user"), ("UTS", "uts"),
)  # fmt: skip
"""Headings of --ns, which are the fields of templates too, and the names below /proc/PID/ns."""
_NS_COLUMNS = (("CONTAINER ID", "ID"), ("NAMES", "Names"), ("PID", "Pid"), *((name, name) for name, _ in _NAMESPACES))
_BRIDGE = "bridge"
_JSON = ("Command", "CreatedAt", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Names", "Networks", "Ports",
         "RunningFor", "Size", "State", "Status")  # fmt: skip
_SORTS: dict[str, Callable[[Container], Any]] = {
    "created": lambda c: c.created_at_ns,
    "id": lambda c: c.id,
    "image": lambda c: c.image_name,
    "names": lambda c: c.name,
    "status": lambda c: c.state,
    "command": lambda c: c.command,
    "runningfor": lambda c: c.started_at_ns,
}


def run(call: Call) -> int:
    """Print the listing; with --watch N again every N seconds, until interrupted."""
    while True:
        _print(call)
        if not call.number("watch"):
            return 0
        time.sleep(call.number("watch"))


def _print(call: Call) -> None:
    _check_flags(call)
    last = 1 if call.flag("latest") else max(0, call.number("last"))
    containers = call.engine.containers.list(_filters(call), all=call.flag("all"), last=last)
    sort = sort_key(call, (*_SORTS, "size"))
    if sort == "size":
        containers = sorted(containers, key=lambda container: call.engine.containers.size(container.id)[0])
    elif sort or call.habits.oldest_first:
        containers = sorted(containers, key=_SORTS[sort or "created"])
    whole = call.flag("no-trunc")
    if call.flag("quiet"):
        print_ids([short(container.id, whole=whole) for container in containers])
        return
    columns = [*(_NS_COLUMNS if call.flag("ns") else _COLUMNS)]
    if call.flag("size"):
        columns.append(("SIZE", "Size"))
    if call.flag("pod"):
        columns += [("POD ID", "Pod"), ("PODNAME", "PodName")]
    now = time.time_ns()
    of_pods = _ports_of_pods(call, containers) if call.habits.podman_rows else {}
    rows = [_row(call, container, now, of_pods, whole=whole) for container in containers]
    fixed = {} if call.flag("size") else {"Size": "0B"}  # docker prints a constant in json: measuring walks the layer
    print_listing(
        call, rows, Columns(columns, _HEADINGS, _JSON, fixed), lambda: _objects(call, containers, now, of_pods)
    )


def _filters(call: Call) -> list[tuple[str, str]]:
    """Return the filters; docker's name of the default network is the engine's."""
    filters = call.pairs("filter")
    if not any(key == "network" and value == _BRIDGE for key, value in filters):
        return filters
    from cli.output.docker_networks import default_name  # only for this filter

    default = default_name(call)
    return [(key, default if default and (key, value) == ("network", _BRIDGE) else value) for key, value in filters]


def _check_flags(call: Call) -> None:
    """Raise InvalidInput for flags that podman refuses together."""
    for one, other in (("size", "ns"), ("quiet", "size"), ("quiet", "ns"), ("watch", "latest")):
        if call.flags.get(one) and call.flags.get(other) and (one != "quiet" or call.habits.quiet_excludes):
            raise InvalidInput(
                "they cannot be used together", subject=f"--{one} and --{other}", hint="give one of them"
            )


def _ports_of_pods(call: Call, containers: Sequence[Container]) -> _PortsOfPods:
    """Return the published ports of the pods that containers are in, by the pods' ids: podman shows them with every member."""
    wanted = {container.pod_id for container in containers if container.pod_id}
    if not wanted:
        return {}
    infra = {container.pod_id: container for container in containers if container.is_infra}
    if wanted - infra.keys():
        infra = {
            container.pod_id: container for container in call.engine.containers.list(all=True) if container.is_infra
        }
    return {pod_id: container.ports for pod_id, container in infra.items()}


def _objects(call: Call, containers: Sequence[Container], now: int, of_pods: _PortsOfPods) -> list[dict[str, Any]]:
    from cli.output.podman import container_object  # only imported when called as podman with --format json

    found = []
    for container in containers:
        row = container_object(container, now, of_pods.get(container.pod_id))
        if call.flag("ns"):
            row["Namespaces"] = _namespaces(container)
        if call.flag("pod"):
            row["PodName"] = pod_name(call, container.pod_id)
        if call.flag("size"):
            own, virtual = call.engine.containers.size(container.id)
            row["Size"] = {"rootFsSize": virtual, "rwSize": own}
        found.append(row)
    return found


def _namespaces(container: Container) -> dict[str, str]:
    """Return the ids of a container's namespaces under the names of podman's JSON, none if it does not run."""
    names = {"CGROUPNS": "Cgroup", "PIDNS": "Pidns", "USERNS": "User"}
    found = {names.get(name, name.capitalize()): _namespace(container, kind) for name, kind in _NAMESPACES}
    return {name: namespace for name, namespace in found.items() if namespace}


def _all_namespaces(container: Container) -> dict[str, str]:
    """Return the ids of a container's namespaces under the names of podman's templates, "" if it does not run."""
    names = {"CGROUPNS": "Cgroup", "USERNS": "User"}
    return {names.get(name, name): _namespace(container, kind) for name, kind in _NAMESPACES}


def _namespace(container: Container, kind: str) -> str:
    from pycman.linux.namespaces import namespace_id  # only needed with --ns

    return namespace_id(container.pid, kind) if container.state in ("running", "paused") else ""


def _row(call: Call, container: Container, now: int, of_pods: _PortsOfPods, *, whole: bool) -> dict[str, Any]:
    command = " ".join(container.command)
    mounts = [str(mount.get("name") or mount.get("source") or "") for mount in container.mounts]
    created = ago(container.created_at_ns, now)
    return {
        **_docker_row(container, command, mounts, now, whole=whole),
        **(_podman_row(container, now, of_pods.get(container.pod_id), whole=whole) if call.habits.podman_rows else {}),
        "ID": short(container.id, whole=whole),
        "Names": container.name,
        "Image": _image(call, container),
        "ImageID": container.image_id,
        "Created": created,
        "CreatedHuman": created,
        "RunningFor": created,
        "StartedAt": container.started_at_ns // 10**9,
        "ExitedAt": container.finished_at_ns // 10**9,
        "Exited": container.state == "exited",
        "ExitCode": container.exit_status,
        "State": _state(call, container),
        "Size": lambda: _size(call, container),
        "Label": lambda key: container.labels.get(key, ""),
        "LocalVolumes": sum(1 for mount in container.mounts if mount.get("type") == "volume"),
        "Networks": lambda: _networks(call, container),
        "Platform": "linux",
        "Pid": container.pid,
        **{name: _namespace_of(container, kind) for name, kind in _NAMESPACES},
        "Cgroup": _namespace_of(container, "cgroup"),
        "User": _namespace_of(container, "user"),
        "Namespaces": lambda: _all_namespaces(container),
        "Pod": container.pod_id[:12],
        "PodName": lambda: pod_name(call, container.pod_id),
        "Restarts": container.restart_count,
        "AutoRemove": container.auto_remove,
        "IsInfra": container.is_infra,
        "CIDFile": "",
        "ExposedPorts": ", ".join(container.expose),
        "RestartPolicy": container.restart_policy,
        "Health": container.health_status,
    }


def _docker_row(container: Container, command: str, mounts: Sequence[str], now: int, *, whole: bool) -> dict[str, Any]:
    """Return the fields that docker and podman write differently, as docker does."""
    return {
        "Command": f'"{command if whole else cut(command, 20)}"',
        "CreatedAt": local_time(container.created_at_ns),
        "Status": status_text(container, now),
        "Ports": docker_ports(container.ports, container.expose) if container.running else "",
        "Labels": labels_text(container.labels),
        "Mounts": ",".join(mount if whole else cut(mount, 15) for mount in mounts),
    }


def _podman_row(
    container: Container, now: int, ports: Sequence[Mapping[str, Any]] | None, *, whole: bool
) -> dict[str, Any]:
    from cli.output.podman import podman_command, podman_status  # only imported when called as podman

    command = " ".join(podman_command(container))
    return {
        "Command": command if whole or len(command) <= 17 else f"{command[:17]}...",
        "CreatedAt": utc_time(container.created_at_ns),
        "Status": podman_status(container, now),
        "Ports": podman_ports(container.ports if ports is None else ports, container.expose),
        "Labels": lambda: _labels(container),
        "Mounts": [str(mount.get("destination", "")) for mount in container.mounts],
    }


def _labels(container: Container) -> Mapping[str, str]:
    from cli.gotemplate.printing import Labels  # only imported where a template asks for labels

    return Labels(container.labels)


def _namespace_of(container: Container, kind: str) -> Callable[[], str]:
    return lambda: _namespace(container, kind)


def pod_name(call: Call, pod_id: str) -> str:
    """Return the name of the pod a container is in, "" for none."""
    if not pod_id:
        return ""
    from pods.api import Pods  # only imported when a template or --pod asks for the pod's name

    pod = Pods(call.engine).find(pod_id)
    return pod.name if pod else ""


def _state(call: Call, container: Container) -> str:
    if call.habits.podman_rows:
        from cli.output.podman import podman_state  # only imported when called as podman

        return podman_state(container)
    return "created" if container.state == "initialized" else container.state


def _image(call: Call, container: Container) -> str:
    name = container.image_name or container.image_id[:12]
    return familiar_name(name).removesuffix(":latest") if call.habits.familiar_names else name


def _networks(call: Call, container: Container) -> str:
    from cli.output.docker_networks import default_name, shown  # only for templates and json

    default = default_name(call)
    hidden = ("host", "none") if call.habits.podman_rows else ()
    return ",".join(shown(name, default) for name in container.networks if name not in hidden)


def _size(call: Call, container: Container) -> str:
    own, virtual = call.engine.containers.size(container.id)
    return f"{human_size(own)} (virtual {human_size(virtual)})"


def status_text(container: Container, now: int) -> str:
    """Return docker's Status: Up 3 minutes (healthy), Exited (0) 2 hours ago, …"""
    if container.state in ("created", "initialized"):
        return "Created"
    if container.state in ("running", "paused"):
        up = f"Up {human_duration((now - container.started_at_ns) / 1e9)}"
        if container.state == "paused":
            return up + " (Paused)"
        health = container.health_status
        return up + (f" ({'health: starting' if health == 'starting' else health})" if health else "")
    if container.state == "removing":
        return "Removal In Progress"
    word = "Restarting" if container.state == "restarting" else "Exited"
    return f"{word} ({container.exit_status}) {ago(container.finished_at_ns, now)}"
