"""HostConfig of POST /containers/create, without mounts and networks, as fields of a ContainerSpec; and the body of an update. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import LOG_DRIVERS, LogConfig, NamespaceMode, Security
from pycman.spec.health import RestartPolicy
from pycman.spec.mount import Device
from pycman.spec.port import PortMapping
from pycman.spec.resources import DeviceRate, Resources, Ulimit, is_count, parse_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PERIOD_US = 100_000
_MOST_DEVICES = 1024
_BILLION = 1_000_000_000
_POLICIES = ("", "no", "always", "on-failure", "unless-stopped")
_LOG_OPTIONS = frozenset(
    ("max-size", "max-file", "compress", "tag", "labels", "env", "mode", "labels-regex", "env-regex")
)
_IGNORED = (
    "Links",
    "ContainerIDFile",
    "ConsoleSize",
    "MemorySwappiness",
    "OomKillDisable",
    "Cgroup",
    "KernelMemoryTCP",
)
SECCOMP_JSON = "json:"
"""Begins a seccomp profile that is the profile itself, not a path: whoever creates the container writes it into a file."""


def host_values(host: Fields) -> dict[str, Any]:
    """Return the fields of a ContainerSpec in HostConfig. Raises InvalidInput, Unsupported."""
    values: dict[str, Any] = {
        "ports": _ports(host),
        "publish_all": host.switch("PublishAllPorts"),
        "volumes_from": host.texts("VolumesFrom"),
        "devices": tuple(_device(entry, host.path("Devices")) for entry in host.entries("Devices")),
        "cdi_devices": _requested_devices(host),
        "extra_hosts": host.texts("ExtraHosts"),
        "dns": host.texts("Dns"),
        "dns_search": host.texts("DnsSearch"),
        "dns_options": host.texts("DnsOptions"),
        "pid_mode": _namespace(host, "PidMode", ("host", "private"), ("container",)),
        "ipc_mode": _namespace(host, "IpcMode", ("host", "private", "shareable", "none"), ("container",)),
        "uts_mode": _namespace(host, "UTSMode", ("host", "private"), ()),
        "user_mode": _namespace(
            host, "UsernsMode", ("host", "private", "auto", "keep-id", "nomap"), ("container", "keep-id", "auto")
        ),
        "cgroup_mode": _namespace(host, "CgroupnsMode", ("host", "private"), ()),
        "resources": resources_of(host),
        "ulimits": tuple(_ulimit(entry, host.path("Ulimits")) for entry in host.entries("Ulimits")),
        "sysctls": host.pairs("Sysctls"),
        "oom_score_adj": host.number("OomScoreAdj") if host.given("OomScoreAdj") and host.raw("OomScoreAdj") else None,
        "cgroup_parent": host.text("CgroupParent"),
        "security": _security(host),
        "group_add": host.texts("GroupAdd"),
        "restart": restart_policy(host),
        "auto_remove": host.switch("AutoRemove"),
        "log": _log(host),
        "oci_runtime": host.text("Runtime"),
        "init": host.maybe("Init"),
        "annotations": host.pairs("Annotations"),
        "shm_size_bytes": host.number("ShmSize") or None,
    }
    if host.text("Isolation") not in ("", "default"):
        raise Unsupported("only Windows has it", subject=host.path("Isolation"), hint="leave it out")
    host.ignore(_IGNORED)
    return values


def resources_of(host: Fields) -> Resources:
    """Return the limits in HostConfig, or in the body of an update; 0 is none. Raises InvalidInput."""
    quota, period = host.number("CpuQuota") or None, host.number("CpuPeriod") or None
    nano = host.number("NanoCpus")
    if nano:
        if quota or period:
            raise InvalidInput("Conflicting options: Nano CPUs and CPU Period or Quota", subject=host.path("NanoCpus"))
        quota, period = nano * _PERIOD_US // _BILLION, _PERIOD_US
    for name in ("Memory", "MemoryReservation", "NanoCpus"):
        if host.number(name) < 0:
            raise InvalidInput("it is negative", subject=host.path(name))
    swappiness = host.number("MemorySwappiness") if host.given("MemorySwappiness") else -1
    return Resources(
        memory_bytes=host.number("Memory") or None,
        memory_swap_bytes=host.number("MemorySwap") or None,
        memory_reservation_bytes=host.number("MemoryReservation") or None,
        memory_swappiness=None if swappiness == -1 else swappiness,
        kernel_memory_bytes=host.number("KernelMemory") or None,
        oom_kill_disable=bool(host.maybe("OomKillDisable")),
        cpu_shares=host.number("CpuShares") or None,
        cpu_period_us=period,
        cpu_quota_us=quota,
        cpu_rt_period_us=host.number("CpuRealtimePeriod") or None,
        cpu_rt_runtime_us=host.number("CpuRealtimeRuntime") or None,
        cpuset_cpus=host.text("CpusetCpus"),
        cpuset_mems=host.text("CpusetMems"),
        pids_limit=host.number("PidsLimit") or None,
        blkio_weight=host.number("BlkioWeight") or None,
        blkio_weight_device=_rates(host, "BlkioWeightDevice", "Weight"),
        device_read_bps=_rates(host, "BlkioDeviceReadBps", "Rate"),
        device_write_bps=_rates(host, "BlkioDeviceWriteBps", "Rate"),
        device_read_iops=_rates(host, "BlkioDeviceReadIOps", "Rate"),
        device_write_iops=_rates(host, "BlkioDeviceWriteIOps", "Rate"),
        device_cgroup_rules=host.texts("DeviceCgroupRules"),
    )


def restart_policy(host: Fields) -> RestartPolicy:
    """Return RestartPolicy. Raises InvalidInput."""
    policy = host.below("RestartPolicy")
    name, count = policy.text("Name"), policy.number("MaximumRetryCount")
    if name not in _POLICIES:
        raise InvalidInput(
            "invalid restart policy", subject=f"'{name[:40]}'", hint="use no, always, on-failure or unless-stopped"
        )
    if count < 0 or (count and name != "on-failure"):
        raise InvalidInput(
            "only on-failure has a maximum retry count, of 0 or more", subject=policy.path("MaximumRetryCount")
        )
    return RestartPolicy(name=name or "no", maximum_retries=count)


def _rates(host: Fields, name: str, field: str) -> tuple[DeviceRate, ...]:
    rates = []
    for entry in host.entries(name):
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("Path"), str)
            or not isinstance(entry.get(field), int)
        ):
            raise InvalidInput(f"it is no list of Path and {field}", subject=host.path(name))
        rates.append(DeviceRate(path=entry["Path"], rate=entry[field]))
    return tuple(rates)


def _ports(host: Fields) -> tuple[PortMapping, ...]:
    ports = []
    for key, bindings in host.mapping("PortBindings").items():
        container_port, protocol = _port(key, host)
        for binding in (bindings if isinstance(bindings, list) else [bindings]) or [{}]:
            binding = {} if binding is None else binding
            if not isinstance(binding, dict):
                raise InvalidInput("it is no list of HostIp and HostPort", subject=f"PortBindings: {key}")
            text = str(binding.get("HostPort") or "0")
            first, last = _host_range(text)
            ports.append(
                PortMapping(
                    container_port=container_port,
                    host_port=first,
                    host_ip=str(binding.get("HostIp") or ""),
                    protocol=protocol,
                    host_port_last=last if last > first else 0,
                )
            )
    return tuple(ports)


def _host_range(text: str) -> tuple[int, int]:
    """Return the first and the last port of "8000-8010", both the same of "8000". Raises InvalidInput."""
    first, dash, last = text.partition("-")
    numbers = [
        int(each) if each.isascii() and each.isdigit() and len(each) < 6 else -1 for each in (first, last or first)
    ]
    if not 0 <= numbers[0] <= numbers[1] <= 65535 or (dash and not numbers[0]):
        raise InvalidInput("invalid port specification", subject=f'"{text[:40]}"', hint="write PORT or FIRST-LAST")
    return numbers[0], numbers[1]


def _port(text: str, host: Fields) -> tuple[int, str]:
    number, _, protocol = text.partition("/")
    if not is_count(number) or not 0 < int(number) < 65536 or protocol not in ("", "tcp", "udp", "sctp"):
        raise InvalidInput("invalid port specification", subject=f"{host.path('PortBindings')}: {text[:40]}")
    return int(number), protocol or "tcp"


def _device(entry: object, place: str) -> Device:
    if not isinstance(entry, dict) or not isinstance(entry.get("PathOnHost"), str):
        raise InvalidInput("a device needs PathOnHost", subject=place)
    permissions = entry.get("CgroupPermissions") or "rwm"
    if not isinstance(permissions, str) or not set(permissions) <= set("rwm"):
        raise InvalidInput("permissions are some of rwm", subject=f"{place}: CgroupPermissions")
    return Device(
        host_path=entry["PathOnHost"],
        container_path=str(entry.get("PathInContainer") or entry["PathOnHost"]),
        permissions=permissions,
    )


def _requested_devices(host: Fields) -> tuple[str, ...]:
    """Return the CDI names in DeviceRequests; --gpus is nvidia's. Raises Unsupported for other drivers."""
    names: list[str] = []
    for entry in host.entries("DeviceRequests"):
        request = Fields(entry, host.path("DeviceRequests"))
        driver, ids, count = request.text("Driver"), request.texts("DeviceIDs"), request.number("Count")
        gpus = any(isinstance(group, list) and "gpu" in group for group in request.entries("Capabilities"))
        if count > _MOST_DEVICES:
            raise InvalidInput("so many devices cannot be", subject=request.path("Count"))
        if driver == "cdi":
            names += ids
        elif gpus and driver in ("", "nvidia"):
            names += [f"nvidia.com/gpu={each}" for each in ids or (["all"] if count < 0 else map(str, range(count)))]
        else:
            raise Unsupported(
                "only CDI devices and GPUs can be requested",
                subject=host.path("DeviceRequests"),
                hint='use the driver "cdi"',
            )
    return tuple(names)


def _namespace(host: Fields, name: str, kinds: tuple[str, ...], with_value: tuple[str, ...]) -> NamespaceMode:
    text = host.text(name)
    kind, colon, value = text.partition(":")
    if text in ("", "default") or text in kinds:
        return NamespaceMode(kind="" if text in ("", "default") else text)
    if colon and value and kind in with_value:
        return NamespaceMode(kind=kind, value=value.removeprefix("/"))
    raise InvalidInput("invalid mode", subject=f"{host.path(name)}: {text[:40]}", hint=f"use {', '.join(kinds)}")


def _ulimit(entry: object, place: str) -> Ulimit:
    values = entry if isinstance(entry, dict) else {}
    name, soft, hard = values.get("Name"), values.get("Soft"), values.get("Hard")
    if not isinstance(name, str) or not isinstance(soft, int) or not isinstance(hard, int):
        raise InvalidInput("a limit has Name, Soft and Hard", subject=place)
    return Ulimit(name=name.lower().removeprefix("rlimit_"), soft=soft, hard=hard)


def _log(host: Fields) -> LogConfig:
    log = host.below("LogConfig")
    driver, options = log.text("Type"), log.pairs("Config")
    if driver == "passthrough":
        raise Unsupported("a server has no streams to hand over", subject="LogConfig: passthrough")
    if driver not in LOG_DRIVERS:
        raise InvalidInput(f"logger: no log driver named '{driver[:40]}' is registered")
    for name in options:
        if name not in _LOG_OPTIONS:
            raise InvalidInput(f"unknown log opt '{name[:40]}' for {driver} log driver", subject="LogConfig")
    if options.get("mode", "blocking") != "blocking":
        raise Unsupported("no line of a log is left out", subject="LogConfig: mode", hint="use blocking")
    size = options.get("max-size", "")
    return LogConfig(
        driver=LOG_DRIVERS[driver],
        max_size_bytes=parse_size(size, "LogConfig: max-size", unlimited=True, decimal=True) if size else -1,
        tag=options.get("tag", ""),
        options={**options, **({"driver": driver} if driver else {})},
    )


def _security(host: Fields) -> Security:
    security = Security(
        privileged=host.maybe("Privileged"),
        cap_add=host.texts("CapAdd"),
        cap_drop=host.texts("CapDrop"),
        read_only=host.maybe("ReadonlyRootfs"),
        read_only_tmpfs=False,
        masked_paths=host.texts("MaskedPaths") if host.given("MaskedPaths") else None,
        readonly_paths=host.texts("ReadonlyPaths") if host.given("ReadonlyPaths") else None,
    )
    host.ignore(("MaskedPaths", "ReadonlyPaths"))
    changes: dict[str, Any] = {}
    labels: list[str] = []
    for option in host.texts("SecurityOpt"):
        key, mark, value = option.partition("=") if "=" in option else option.partition(":")
        if key == "no-new-privileges":
            changes["no_new_privileges"] = value != "false"
        elif key == "seccomp" and value:
            changes["seccomp_profile"] = _seccomp(value)
        elif key == "apparmor" and value:
            changes["apparmor_profile"] = value
        elif key == "label" and value:
            labels.append(value)
        elif key in ("mask", "unmask") and value:
            changes[key] = (*changes.get(key, ()), *value.split(":"))
        elif option == "systempaths=unconfined":
            changes["unmask"] = ("ALL",)
        else:
            raise InvalidInput(
                "invalid --security-opt",
                subject=f'"{option[:80]}"',
                hint="use no-new-privileges, seccomp, apparmor or label",
            )
        del mark
    return security.replace(**changes, label_options=tuple(labels))


def _seccomp(value: str) -> str:
    """Return unconfined, "" for the default profile, a path, or the profile itself (docker's client sends it) behind a mark."""
    if value.lstrip().startswith("{"):
        return SECCOMP_JSON + value
    return "" if value in ("builtin", "default") else value
