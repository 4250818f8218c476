"""The "Config" object of inspect: what was asked for when the container was created. Pure."""

from __future__ import annotations

from pycman.containers.bundle.process_env import hostname_of
from pycman.jsontext import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec
    from pycman.spec.health import HealthCheck
    from pycman.spec.mount import Mount

_HEX = frozenset("0123456789abcdef")
_ID_LENGTH = 64


def config_object(row: Mapping[str, Any], spec: ContainerSpec, secret_ids: Mapping[str, str] = {}) -> dict[str, Any]:
    """Return "Config" with docker's and podman's field names together; `secret_ids` are the ids of secrets by name."""
    return {
        "Hostname": hostname_of(spec, row["id"]),
        "Domainname": spec.domainname,
        "User": spec.user,
        "AttachStdin": spec.stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "ExposedPorts": _exposed_ports(spec),
        "Tty": spec.terminal,
        "OpenStdin": spec.stdin,
        "StdinOnce": spec.stdin_once,
        "Env": [f"{name}={value}" for name, value in spec.env.items()],
        "Cmd": list(spec.command),
        "Image": spec.image or row["image_name"],
        "Volumes": {mount.target: {} for mount in spec.mounts if _is_anonymous(mount)} or None,
        "WorkingDir": spec.workdir or "/",
        "Entrypoint": list(spec.entrypoint) if spec.entrypoint else None,
        "OnBuild": None,
        "Labels": parse_json(row["labels"]),
        "Annotations": dict(spec.annotations),
        "StopSignal": spec.stop_signal,
        "StopTimeout": spec.stop_timeout_s,
        **_health_fields(spec),
        "CreateCommand": list(spec.create_command),
        "Umask": spec.umask or "0022",
        "Timezone": spec.timezone,
        "Timeout": spec.timeout_s,
        "SystemdMode": spec.systemd == "always",
        "Secrets": _secrets(spec, secret_ids),
        "Passwd": True,
        "sdNotifyMode": spec.sdnotify or "container",
        "sdNotifySocket": spec.sdnotify_socket,
        "NetworkDisabled": spec.network.kind == "none",
        "MacAddress": next((network.mac_address for network in spec.network.attachments if network.mac_address), ""),
        "Shell": None,
        "ArgsEscaped": False,
    }


def _is_anonymous(mount: Mount) -> bool:
    """Say whether a mount is a volume without a name of the user's: docker lists these targets, those of names are in Binds."""
    return mount.kind == "volume" and len(mount.source) == _ID_LENGTH and _HEX.issuperset(mount.source)


def _health_fields(spec: ContainerSpec) -> dict[str, Any]:
    return {
        "Healthcheck": health_object(spec.health),
        "StartupHealthCheck": _startup_object(spec.startup_health),
        "HealthcheckOnFailureAction": spec.health_on_failure,
        "HealthLogDestination": spec.health_log.destination,
        "HealthMaxLogCount": spec.health_log.max_count,
        "HealthMaxLogSize": spec.health_log.max_size,
    }


def _secrets(spec: ContainerSpec, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"Name": use.name, "ID": ids.get(use.name, use.name), "UID": use.uid, "GID": use.gid, "Mode": use.mode}
        for use in (*spec.secrets, *spec.secret_env)
    ]


def _startup_object(check: HealthCheck | None) -> dict[str, Any] | None:
    found = health_object(check)
    return None if found is None or check is None else {**found, "Successes": check.successes}


def health_object(check: HealthCheck | None) -> dict[str, Any] | None:
    """Return a health check as it is in image configs and in inspect (times in ns), None without one."""
    if check is None:
        return None
    return {
        "Test": list(check.test),
        "Interval": check.interval_ns,
        "Timeout": check.timeout_ns,
        "StartPeriod": check.start_period_ns,
        "StartInterval": check.start_interval_ns,
        "Retries": check.retries,
    }


def _exposed_ports(spec: ContainerSpec) -> dict[str, Any]:
    """Return the ports that were exposed or published."""
    published = (
        f"{port.container_port + offset}/{port.protocol}" for port in spec.ports for offset in range(port.range_size)
    )
    return {_with_protocol(port): {} for port in (*spec.expose, *published)}


def _with_protocol(port: str) -> str:
    return port if "/" in port else f"{port}/tcp"
