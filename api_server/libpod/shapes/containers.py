"""Containers and their samples as podman's JSON (entities.ListContainer, define.InspectContainerData, define.ContainerStats). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.network.podman_shape import port_object
from pycman.spec.port import PortMapping, merge_twins
from pycman.spec.signals import signal_number
from pycman.state.times import format_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pycman.containers.container import Container
    from pycman.containers.inspect.stats import Stats

_S = 10**9
_LOG_DRIVERS = {"k8s-file": "json-file"}
"""podman's two names of one format: podman-py reads the output of a container whose driver is the second one, or journald."""
STATES = {"restarting": "exited"}
"""States that podman does not have, by the one that it has: it counts a container that is to be restarted as one that exited."""


def state_of(container: Container) -> str:
    """Return podman's state: "stopping" from the stop signal to the end of the process."""
    if container.state == "running" and container.stopped_by_user:
        return "stopping"
    return STATES.get(container.state, container.state)


def container_summary(container: Container, pod_name: str) -> dict[str, Any]:
    """Return an entry of the listing; `pod_name` is "" without a pod. Its Status is that of the health check: clients say "Up"."""
    ports = merge_twins([PortMapping.from_dict(dict(port)) for port in container.ports])
    return {
        "AutoRemove": container.auto_remove,
        "Command": list(container.command) or None,
        "Created": format_rfc3339(container.created_at_ns),
        "CreatedAt": "",
        "CIDFile": "",
        "Exited": container.state == "exited",
        "ExitedAt": container.finished_at_ns // _S if container.finished_at_ns else _GO_ZERO,
        "ExitCode": container.exit_status,
        "ExposedPorts": None,
        "Id": container.id,
        "Image": container.image_name,
        "ImageID": container.image_id,
        "IsInfra": container.is_infra,
        "Labels": dict(container.labels) or None,
        "Mounts": [str(mount.get("destination", "")) for mount in container.mounts],
        "Names": [container.name],
        "Namespaces": {},
        "Networks": list(container.networks),
        "Pid": container.pid,
        "Pod": container.pod_id,
        "PodName": pod_name,
        "Ports": [port_object(port) for port in ports] or None,
        "Restarts": container.restart_count,
        "Size": None,
        "StartedAt": container.started_at_ns // _S if container.started_at_ns else _GO_ZERO,
        "State": state_of(container),
        "Status": container.health_status,
    }


_GO_ZERO = -62135596800
"""Go's zero time in seconds: never."""


def container_object(inspected: Mapping[str, Any], exec_ids: Sequence[str], version: tuple[int, int]) -> dict[str, Any]:
    """Return an inspection; clients before podman 5 have an entrypoint that is one text, and a signal that is a number."""
    state, config, host = dict(inspected["State"]), dict(inspected["Config"]), dict(inspected["HostConfig"])
    if state["Status"] == "running" and state["StoppedByUser"]:
        state["Status"] = "stopping"
    state["Status"] = STATES.get(state["Status"], state["Status"])
    if state.get("Health") is None:
        state.pop("Health", None)
    for name in ("Healthcheck", "StartupHealthCheck"):
        if config.get(name) is None:
            config.pop(name, None)
    config["StdinOnce"] = False
    config["Image"] = inspected["ImageName"] or config["Image"]
    config["StopTimeout"] = config["StopTimeout"] if config["StopTimeout"] is not None else _STOP_S
    entrypoint = config["Entrypoint"] or []
    config["Entrypoint"] = " ".join(entrypoint) if version < (5, 0) else entrypoint
    if version < (5, 0):
        config["StopSignal"] = _number(config["StopSignal"])
    else:
        config["StopSignal"] = config["StopSignal"] or "SIGTERM"
    host |= {name: host[name] or "private" for name in ("PidMode", "UTSMode")}
    if str(host.get("UsernsMode", "")).partition(":")[0] in ("auto", "keep-id", "nomap"):
        host["UsernsMode"] = "private"
    host["Ulimits"] = [{**limit, "Name": f"RLIMIT_{limit['Name'].upper()}"} for limit in host.get("Ulimits") or ()]
    host["Binds"] = [_bind(text, inspected["Mounts"]) for text in host.get("Binds") or ()]
    host["Tmpfs"] = {target: _tmpfs(options) for target, options in (host.get("Tmpfs") or {}).items()}
    log = dict(host["LogConfig"])
    log["Type"] = _LOG_DRIVERS.get(log["Type"], log["Type"])
    host["LogConfig"] = log
    return {
        **inspected,
        "State": state,
        "Config": config,
        "HostConfig": host,
        "ExecIDs": [*inspected["ExecIDs"], *exec_ids],
    }


_STOP_S = 10
_ACCESS = ("ro", "rw")


def _bind(text: str, mounts: Sequence[Mapping[str, Any]]) -> str:
    """Return SOURCE:TARGET:OPTIONS with the options that podman has set, its defaults among them."""
    place, _, words = text.rpartition(":")
    target = place.rpartition(":")[2]
    mount = next((each for each in mounts if each["Destination"] == target), {})
    options = words.split(",")
    access = "ro" if "ro" in options else "rw"
    others = [word for word in options if word not in _ACCESS]
    volume = ("nosuid", "nodev") if mount.get("Type") == "volume" else ()
    chosen = [access, *others, mount.get("Propagation") or "rprivate", *volume, "rbind"]
    return f"{place}:{','.join(dict.fromkeys(chosen))}"


def _tmpfs(options: str) -> str:
    """Return the options of a tmpfs with podman's defaults."""
    words = [word for word in options.split(",") if word]
    defaults = [] if set(words) & set(_ACCESS) else ["rw"]
    defaults.append("rprivate")
    for word, opposite in (("nosuid", "suid"), ("nodev", "dev"), ("tmpcopyup", "notmpcopyup")):
        if opposite not in words:
            defaults.append(word)
    return ",".join(dict.fromkeys([*words, *defaults]))


def _number(signal: str) -> int:
    try:
        return signal_number(signal or "TERM")
    except InvalidInput:
        return 15


def stats_object(sample: Stats) -> dict[str, Any]:
    """Return one sample. Networks are told as one interface, and as podman 4 did."""
    received, sent = sample.net_received_bytes or 0, sample.net_sent_bytes or 0
    network = dict.fromkeys(("RxDropped", "RxErrors", "RxPackets", "TxDropped", "TxErrors", "TxPackets"), 0)
    return {
        "AvgCPU": sample.average_cpu_percent,
        "ContainerID": sample.container_id,
        "Name": sample.name,
        "PerCPU": None,
        "CPU": sample.cpu_percent,
        "CPUNano": sample.cpu_ns,
        "CPUSystemNano": 0,
        "SystemNano": sample.sampled_at_ns,
        "MemUsage": sample.memory_bytes,
        "MemLimit": sample.memory_limit_bytes,
        "MemPerc": sample.memory_percent,
        "NetInput": received,
        "NetOutput": sent,
        "Network": {"eth0": {"RxBytes": received, "TxBytes": sent, **network}}
        if sample.net_received_bytes is not None
        else None,
        "BlockInput": sample.block_read_bytes or 0,
        "BlockOutput": sample.block_write_bytes or 0,
        "PIDs": sample.pids,
        "UpTime": sample.up_ns,
        "Duration": sample.cpu_ns,
    }


def pod_stats_object(sample: Stats) -> dict[str, Any]:
    """Return one sample as `pod stats` has it: texts."""
    return {
        "CPU": f"{sample.cpu_percent:.2f}%",
        "MemUsage": f"{_size(sample.memory_bytes)} / {_size(sample.memory_limit_bytes)}",
        "MemUsageBytes": f"{_binary(sample.memory_bytes)} / {_binary(sample.memory_limit_bytes)}",
        "Mem": f"{sample.memory_percent:.2f}%",
        "NetIO": _pair(sample.net_received_bytes, sample.net_sent_bytes),
        "BlockIO": _pair(sample.block_read_bytes, sample.block_write_bytes),
        "PIDS": str(sample.pids),
        "Pod": sample.pod_id[:12],
        "CID": sample.container_id[:12],
        "Name": sample.name,
    }


def _pair(first: int | None, second: int | None) -> str:
    return "-- / --" if first is None else f"{_size(first)} / {_size(second or 0)}"


def _size(number: float) -> str:
    """Return a size in decimal units (go-units, HumanSize)."""
    return _in_units(number, 1000, ("B", "kB", "MB", "GB", "TB", "PB"))


def _binary(number: float) -> str:
    return _in_units(number, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"))


def _in_units(number: float, base: int, units: Sequence[str]) -> str:
    position = 0
    while number >= base and position < len(units) - 1:
        number, position = number / base, position + 1
    return f"{number:.4g}{units[position]}"
