"""Fill the fields that a spec leaves open with the defaults of [containers] in containers.conf(5). Pure.

the command line, the library, `kube play`     all defaults
an infra container                             those of the namespaces its pod shares: /etc files, /dev/shm, ports
a kubelet's containers                         none: the kubelet sets every field (`ContainerSpec.conf_defaults`)
"""

from __future__ import annotations

from pycman.spec.container import NamespaceMode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from pycman.config.containers_conf import ContainersConf
    from pycman.spec.container import ContainerSpec, LogConfig, Security
    from pycman.spec.mount import Mount
    from pycman.spec.port import PortMapping
    from pycman.spec.resources import Resources, Ulimit

_MODES = {"cgroupns": "cgroup_mode", "ipcns": "ipc_mode", "pidns": "pid_mode", "utsns": "uts_mode"}
_UNSHARED = ("", "private", "shareable", "none")
"""Modes in which a namespace is the container's own."""


def with_defaults(spec: ContainerSpec, conf: ContainersConf, controllers: Collection[str]) -> ContainerSpec:
    """Return the spec with its open fields filled from containers.conf, and then with pycman's own defaults.

    `controllers` are the cgroup controllers with which limits can be set on this host.
    """
    changes: dict[str, Any] = {}
    if spec.conf_defaults:
        changes = _namespace_fields(spec, conf) if spec.is_infra else _container_fields(spec, conf, controllers)
    return _with_own_defaults(spec.replace(**changes))


def _with_own_defaults(spec: ContainerSpec) -> ContainerSpec:
    """Return the spec with pycman's own default in each field that is still open."""
    security = spec.security
    return spec.replace(
        http_proxy=spec.http_proxy is not False,
        env_host=bool(spec.env_host),
        init=bool(spec.init),
        no_hosts=bool(spec.no_hosts),
        cgroups=spec.cgroups or "enabled",
        image_volumes=spec.image_volumes or "anonymous",
        security=security.replace(privileged=bool(security.privileged), read_only=bool(security.read_only)),
    )


def _namespace_fields(spec: ContainerSpec, conf: ContainersConf) -> dict[str, Any]:
    """Return the fields that concern the namespaces a pod shares: /etc files, /dev/shm and ports."""
    changes = {"no_hosts": _either(spec.no_hosts, conf.no_hosts), "ports": on_default_addresses(spec.ports, conf)}
    if spec.shm_size_bytes is None and "shm_size" in conf.given:
        changes["shm_size_bytes"] = _size(conf.shm_size)
    if spec.network.kind != "container":
        changes |= {
            "dns": spec.dns or (() if spec.dns_exact else conf.dns_servers),
            "dns_search": spec.dns_search or (() if spec.dns_exact else conf.dns_searches),
            "dns_options": spec.dns_options or (() if spec.dns_exact else conf.dns_options),
        }
    return changes


def _container_fields(spec: ContainerSpec, conf: ContainersConf, controllers: Collection[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {
        **_namespace_fields(spec, conf),
        "annotations": {**_pairs(conf.annotations), **spec.annotations},
        "http_proxy": _either(spec.http_proxy, conf.http_proxy),
        "env_host": _either(spec.env_host, conf.env_host),
        "init": _either(spec.init, conf.init),
        "init_path": spec.init_path or conf.init_path,
        "umask": spec.umask or (conf.umask if "umask" in conf.given else ""),
        "timezone": spec.timezone or conf.tz,
        "cgroups": spec.cgroups or conf.cgroups,
        "image_volumes": spec.image_volumes
        or {"bind": "anonymous"}.get(conf.image_volume_mode, conf.image_volume_mode),
        "log": _log(spec.log, conf),
        "security": _security(spec.security, conf),
        "ulimits": _ulimits(spec.ulimits, conf),
        **_mounts_and_devices(spec, conf),
    }
    changes["resources"] = _resources(spec.resources, conf, controllers if changes["cgroups"] != "disabled" else ())
    if spec.oom_score_adj is None and "oom_score_adj" in conf.given:
        changes["oom_score_adj"] = conf.oom_score_adj
    return changes | _modes(spec, conf)


def _modes(spec: ContainerSpec, conf: ContainersConf) -> dict[str, Any]:
    """Return the namespace modes that the spec leaves open."""
    modes = {}
    for key, field in _MODES.items():
        needs_own = key == "utsns" and spec.hostname  # a host name can only be set in a UTS namespace of its own
        if getattr(spec, field).kind == "" and not needs_own:
            modes[field] = NamespaceMode(kind=getattr(conf, key))
    if spec.user_mode.kind == "" and not spec.pod_id and not spec.id_map.uids and conf.userns not in ("", "host"):
        kind, _, value = conf.userns.partition(":")
        modes["user_mode"] = NamespaceMode(kind=kind, value=value)
    return modes


def _either(requested: bool | None, default: bool) -> bool:
    return default if requested is None else requested


def _pairs(entries: Iterable[str]) -> dict[str, str]:
    return {name: value for name, _, value in (entry.partition("=") for entry in entries)}


def _size(text: str) -> int:
    from pycman.spec.resources import parse_size  # only imported if containers.conf sets shm_size

    return parse_size(text, "shm_size")


def _log(log: LogConfig, conf: ContainersConf) -> LogConfig:
    changes: dict[str, Any] = {}
    if (
        "driver" not in log.options
        and log.driver == "k8s-file"
        and conf.log_driver in ("journald", "none", "passthrough")
    ):
        changes["driver"] = conf.log_driver
    if log.max_size_bytes < 0 < conf.log_size_max:
        changes["max_size_bytes"] = conf.log_size_max
    return log.replace(**changes) if changes else log


def _security(security: Security, conf: ContainersConf) -> Security:
    privileged = _either(security.privileged, conf.privileged)
    apparmor = security.apparmor_profile or ("" if privileged else conf.apparmor_profile)
    return security.replace(
        privileged=privileged, read_only=_either(security.read_only, conf.read_only), apparmor_profile=apparmor
    )


def _resources(resources: Resources, conf: ContainersConf, controllers: Collection[str]) -> Resources:
    """Return the limits with the default pids_limit, if the host can set one, and the values of cgroup v2 files."""
    changes: dict[str, Any] = {}
    if resources.pids_limit is None and conf.pids_limit > 0 and "pids" in controllers:
        changes["pids_limit"] = conf.pids_limit
    if conf.cgroup_conf:
        changes["unified"] = {**_pairs(conf.cgroup_conf), **resources.unified}
    return resources.replace(**changes) if changes else resources


def _ulimits(ulimits: tuple[Ulimit, ...], conf: ContainersConf) -> tuple[Ulimit, ...]:
    requested = {limit.name for limit in ulimits}
    if not conf.default_ulimits or "host" in requested:
        return ulimits
    from pycman.spec.resources import parse_ulimit  # only imported if containers.conf sets ulimits

    return (*ulimits, *(limit for limit in map(parse_ulimit, conf.default_ulimits) if limit.name not in requested))


def _mounts_and_devices(spec: ContainerSpec, conf: ContainersConf) -> dict[str, Any]:
    if not (conf.volumes or conf.mounts or conf.devices):
        return {}
    from pycman.spec.mount import is_cdi_name  # only imported if containers.conf sets one of the three
    from pycman.spec.mount_text import parse_device, parse_mount_fields, parse_volume  # the same

    volumes = [parse_volume(text, "volumes") for text in conf.volumes]
    mounts = [parse_mount_fields(text.split(","), text) for text in conf.mounts]
    cdi_names = tuple(name for name in conf.devices if is_cdi_name(name))
    own_paths = {device.container_path for device in spec.devices}
    devices = [parse_device(text, "devices") for text in conf.devices if text not in cdi_names]
    return {
        "mounts": (*spec.mounts, *_on_free_targets([*mounts, *volumes], spec.mounts)),
        "devices": (*spec.devices, *(device for device in devices if device.container_path not in own_paths)),
        "cdi_devices": tuple(dict.fromkeys((*spec.cdi_devices, *cdi_names))),
    }


def _on_free_targets(defaults: list[Mount], own: tuple[Mount, ...]) -> list[Mount]:
    """Return the default mounts (the first one of each target) on targets that no mount of the container's own has."""
    own_targets = {mount.target.rstrip("/") for mount in own}
    by_target: dict[str, Mount] = {}
    for mount in defaults:
        by_target.setdefault(mount.target.rstrip("/"), mount)
    return [mount for target, mount in by_target.items() if target not in own_targets]


def on_default_addresses(ports: tuple[PortMapping, ...], conf: ContainersConf) -> tuple[PortMapping, ...]:
    """Return the published ports; one without a host address is published on each of default_host_ips."""
    if not conf.default_host_ips:
        return ports
    return tuple(
        port.replace(host_ip=address)
        for port in ports
        for address in ((port.host_ip,) if port.host_ip else conf.default_host_ips)
    )


def default_sysctls(spec: ContainerSpec, conf: ContainersConf) -> dict[str, str]:
    """Return the container's sysctls: the defaults for the namespaces it has of its own, and those of the spec.

    The network mode must be decided. A default that belongs to no namespace is kept, so that the runtime refuses it: it
    would change the host.
    """
    if not conf.default_sysctls or not spec.conf_defaults:
        return dict(spec.sysctls)
    from pycman.runtime.sysctls import namespace_of  # only imported if containers.conf sets sysctls

    joined = set()
    if spec.network.kind in ("host", "container", "path"):
        joined.add("net")
    if spec.ipc_mode.kind not in _UNSHARED:
        joined.add("ipc")
    if spec.uts_mode.kind not in _UNSHARED:
        joined.add("uts")
    defaults = {name: value for name, value in _pairs(conf.default_sysctls).items() if namespace_of(name) not in joined}
    return {**defaults, **spec.sysctls}
