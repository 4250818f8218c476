"""The objects of `inspect` with podman 5's values and keys: what differs from the engine's, which have docker's names too. Pure.

`podman_*` change values, for templates and JSON alike; a template still finds docker's names. `inspected_keys.py` leaves out of JSON
what podman's has not.
"""

from __future__ import annotations

from cli.output.inspected import ADDRESS
from pycman.spec.port import ANY_IPV4, ANY_IPV6

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_NO_STATUS = 255
_INIT = "/run/podman-init"
_MANAGED = ("auto", "keep-id", "nomap")


def podman_container(inspected: Mapping[str, Any], shared: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a container's object; `shared` is the object of the container whose network namespace it joined, None if it has its own."""
    mounts = [_mount(mount) for mount in inspected["Mounts"]]
    host, config, state = inspected["HostConfig"], inspected["Config"], inspected["State"]
    changed: dict[str, Any] = {}
    if host["Init"]:
        changed = {"Path": _INIT, "Args": ["--", inspected["Path"], *inspected["Args"]]}
    if state["Status"] == "running" and state["StoppedByUser"]:  # it has its stop signal
        state = {**state, "Status": "stopping"}
    if _timed_out(inspected):
        state = {**state, "ExitCode": -1}
    if shared is not None:
        changed |= {name: shared[name] for name in ("HostnamePath", "HostsPath", "ResolvConfPath")}
        if str(host["UTSMode"]).startswith("container:"):
            config = {**config, "Hostname": shared["Config"]["Hostname"]}
    return {
        **inspected,
        **changed,
        "BoundingCaps": sorted(inspected["BoundingCaps"]),
        "EffectiveCaps": sorted(inspected["EffectiveCaps"]),
        "Mounts": mounts,
        "NetworkSettings": network_settings(
            (shared or inspected)["NetworkSettings"], host["NetworkMode"], config["Hostname"]
        ),
        "Config": _config(config, inspected["ImageName"]),
        "State": state,
        "HostConfig": _host_config(host, mounts),
    }


def _config(config: Mapping[str, Any], image_name: str) -> dict[str, Any]:
    return {
        **config,
        "Image": image_name or config["Image"],
        "AttachStdin": False,
        "AttachStdout": False,
        "AttachStderr": False,
        "StopSignal": _signal_name(str(config["StopSignal"])),
        "HealthcheckMaxLogCount": config["HealthMaxLogCount"],
        "HealthcheckMaxLogSize": config["HealthMaxLogSize"],
    }


def _signal_name(signal: str) -> str:
    """Return a signal as podman names it: SIGINT for "INT", "int", "2"; "" stays ""."""
    if not signal:
        return ""
    if signal.isdigit():
        from signal import Signals  # only imported for a stop signal that is a number

        found = {int(known): known.name for known in Signals}
        return found.get(int(signal), signal)
    return "SIG" + signal.upper().removeprefix("SIG")


def _host_config(host: Mapping[str, Any], mounts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    modes = {name: host[name] or "private" for name in ("PidMode", "UTSMode")}
    if str(host["UsernsMode"]).partition(":")[0] in _MANAGED:
        modes["UsernsMode"] = "private"
    by_target = {mount["Destination"]: mount for mount in mounts}
    return {
        **host,
        **modes,
        "NetworkMode": _network_mode(str(host["NetworkMode"])),
        "Binds": [_bind(bind, by_target) for bind in host["Binds"] or ()],
        "Tmpfs": {target: _tmpfs(options) for target, options in host["Tmpfs"].items()},
        "Ulimits": [{**limit, "Name": f"RLIMIT_{limit['Name'].upper()}"} for limit in host["Ulimits"]],
        "Devices": [{**device, "CgroupPermissions": ""} for device in host["Devices"]],
        "PortBindings": {port: _any_address(bindings) for port, bindings in host["PortBindings"].items()},
        "LogConfig": {**host["LogConfig"], "Config": None},
        "MemorySwappiness": host["MemorySwappiness"] if host["Memory"] else max(0, host["MemorySwappiness"]),
        "Runtime": "oci",
    }


def _network_mode(mode: str) -> str:
    """Return podman's NetworkMode: "bridge" for whatever network has a name, and slirp4netns and pasta without their options."""
    kind = mode.partition(":")[0]
    if kind in ("slirp4netns", "pasta"):
        return kind
    return mode if kind in ("host", "none", "container", "ns", "bridge", "default", "private") else "bridge"


def network_settings(settings: Mapping[str, Any], mode: str, hostname: str) -> dict[str, Any]:
    """Return NetworkSettings, where a host name that was asked for is an alias too; the addresses beside Networks are those of the default network alone."""
    default = mode == "bridge" or mode.startswith("container:")
    first = next(iter(settings["Networks"].values()), None) if default and len(settings["Networks"]) == 1 else None
    address = {name: (first[name] if first else type(settings[name])()) for name in ADDRESS}
    return {
        **settings,
        **address,
        "EndpointID": "",
        "SandboxID": "",
        "Ports": {port: _one_of_twins(bindings) for port, bindings in settings["Ports"].items()},
        "Networks": {name: _endpoint(endpoint, hostname) for name, endpoint in settings["Networks"].items()},
    }


def _endpoint(endpoint: Mapping[str, Any], hostname: str) -> dict[str, Any]:
    aliases = endpoint["Aliases"]
    if aliases and hostname in (endpoint["DNSNames"] or ()):
        aliases = list(dict.fromkeys((*aliases, hostname)))
    return {**endpoint, "Aliases": aliases, "EndpointID": "", "IPAMConfig": None}


def _one_of_twins(bindings: Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]] | None:
    """Return bindings without those at :: that stand beside one at 0.0.0.0: podman names a port without an address once."""
    if not bindings:
        return None
    everywhere = {binding["HostPort"] for binding in bindings if binding["HostIp"] == ANY_IPV4}
    return [binding for binding in bindings if binding["HostIp"] != ANY_IPV6 or binding["HostPort"] not in everywhere]


def _any_address(bindings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**binding, "HostIp": binding["HostIp"] or ANY_IPV4} for binding in bindings]


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    if mount["Type"] not in ("bind", "volume"):
        return dict(mount)
    return {**mount, "Options": mount["Options"] or ["rbind"], "Propagation": mount["Propagation"] or "rprivate"}


def _bind(bind: str, mounts: Mapping[str, Mapping[str, Any]]) -> str:
    """Return one of Binds: SOURCE:TARGET: and then access, propagation and other options."""
    source, target, options = (*bind.split(":", 2), "")[:3]
    mount = mounts.get(target)
    if mount is None:
        return bind
    words = [
        "rw" if mount["RW"] else "ro",
        mount["Propagation"],
        *(word for word in options.split(",") if word not in ("rw", "ro")),
        *mount["Options"],
    ]
    return f"{source}:{target}:{','.join(dict.fromkeys(word for word in words if word))}"


def _tmpfs(options: str) -> str:
    """Return the options of a tmpfs with those that podman adds."""
    words = [word for word in options.split(",") if word]
    access = [] if "ro" in words or "rw" in words else ["rw"]
    return ",".join(dict.fromkeys([*words, *access, "rprivate", "nosuid", "nodev", "tmpcopyup"]))


def _timed_out(inspected: Mapping[str, Any]) -> bool:
    """Say whether --timeout has ended a container: it ran so long, and its monitor saw no status."""
    limit_s, state = inspected["Config"].get("Timeout"), inspected["State"]
    if not limit_s or state["Status"] != "exited" or state["ExitCode"] != _NO_STATUS:
        return False
    from pycman.state.times import parse_time_ns  # only imported for containers with --timeout

    lasted_ns = parse_time_ns(state["FinishedAt"]) - parse_time_ns(state["StartedAt"])
    return lasted_ns >= int(limit_s) * 10**9
