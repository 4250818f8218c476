"""containers.conf: the defaults of containers and engine, merged key by key (containers.conf(5)); later files win.

/usr/share/containers/containers.conf, /etc/containers/containers.conf and its .d/, rootless also
/etc/containers/containers.rootless.conf with its .d/ and .d/UID/, then $XDG_CONFIG_HOME/containers/containers.conf and
its .d/. CONTAINERS_CONF replaces them all; CONTAINERS_CONF_OVERRIDE is read last. A list replaces the one before it, or
with `{append=true}` among its items is added to it.
"""

from __future__ import annotations

import os

from pycman.config.toml_file import check_kind, drop_ins, load_toml, wrong_value
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class ContainersConf(Record):
    """What containers.conf says; the defaults are those of the file podman ships. Sizes are as written, times seconds."""

    # [containers]
    env: tuple[str, ...] = ()
    env_host: bool = False
    http_proxy: bool = True
    userns: str = ""
    umask: str = "0022"
    tz: str = ""
    pids_limit: int = 2048
    shm_size: str = "65536k"
    init: bool = False
    init_path: str = ""
    log_driver: str = "k8s-file"
    log_size_max: int = -1
    log_tag: str = ""
    privileged: bool = False
    read_only: bool = False
    no_hosts: bool = False
    base_hosts_file: str = ""
    host_containers_internal_ip: str = ""
    interface_name: str = ""
    keyring: bool = True
    label: bool = True
    label_users: bool = False
    oom_score_adj: int = 0
    apparmor_profile: str = ""
    seccomp_profile: str = ""
    default_capabilities: tuple[str, ...] = ()
    default_sysctls: tuple[str, ...] = ()
    default_ulimits: tuple[str, ...] = ()
    cgroup_conf: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    dns_searches: tuple[str, ...] = ()
    netns: str = ""
    cgroups: str = ""
    cgroupns: str = ""
    ipcns: str = ""
    pidns: str = ""
    utsns: str = ""
    # [engine]
    runtime: str = ""
    runtimes: Mapping[str, tuple[str, ...]] = {}
    runtimes_flags: Mapping[str, tuple[str, ...]] = {}
    platform_to_oci_runtime: Mapping[str, str] = {}
    conmon_path: tuple[str, ...] = ()
    conmon_env_vars: tuple[str, ...] = ()
    engine_env: tuple[str, ...] = ()
    cgroup_manager: str = ""
    stop_timeout: int = 10
    detach_keys: str = "ctrl-p,ctrl-q"
    events_logger: str = ""
    exit_command_delay: int = 300
    healthcheck_events: bool = True
    hooks_dir: tuple[str, ...] = ()
    cdi_spec_dirs: tuple[str, ...] = ()
    helper_binaries_dir: tuple[str, ...] = ()
    image_copy_tmp_dir: str = ""
    image_default_format: str = ""
    image_default_transport: str = ""
    image_parallel_copies: int = 0
    image_volume_mode: str = "anonymous"
    infra_command: str = ""
    infra_image: str = ""
    kube_generate_type: str = "pod"
    multi_image_archive: bool = False
    network_cmd_path: str = ""
    network_cmd_options: tuple[str, ...] = ()
    no_pivot_root: bool = False
    pod_exit_policy: str = "continue"
    pull_policy: str = "missing"
    retry: int = 3
    retry_delay: str = ""
    volume_path: str = ""
    compression_format: str = ""
    compression_level: int = -1
    # [network]
    network_backend: str = ""
    firewall_driver: str = ""
    default_network: str = "podman"
    default_rootless_network_cmd: str = ""
    default_subnet: str = "10.88.0.0/16"
    default_subnet_pools: tuple[Mapping[str, Any], ...] = ()
    network_config_dir: str = ""
    cni_plugin_dirs: tuple[str, ...] = ()
    netavark_plugin_dirs: tuple[str, ...] = ()
    dns_bind_port: int = 0
    pasta_options: tuple[str, ...] = ()
    # [secrets]
    secrets_driver: str = "file"


_RENAMED = {("engine", "env"): "engine_env", ("secrets", "driver"): "secrets_driver"}
_TABLES = ("containers", "engine", "network", "secrets")
_ONE_OF = {
    "pull_policy": ("always", "missing", "never", "newer"),
    "cgroup_manager": ("systemd", "cgroupfs"),
    "image_volume_mode": ("anonymous", "bind", "tmpfs", "ignore"),
}


def containers_conf_files(home: str, rootless_uid: int = 0) -> list[str]:
    """Return the files to read, first to last, whether they exist or not. `rootless_uid` 0 is root."""
    replaced = os.environ.get("CONTAINERS_CONF", "")
    override = os.environ.get("CONTAINERS_CONF_OVERRIDE", "")
    if replaced:
        return [replaced, override] if override else [replaced]
    files = ["/usr/share/containers/containers.conf"]
    folders = ["/etc/containers/containers.conf"]
    if rootless_uid:
        folders.append("/etc/containers/containers.rootless.conf")
    config = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    folders.append(f"{config}/containers/containers.conf")
    for path in folders:
        files += [path, *drop_ins(f"{path}.d")]
        if rootless_uid and path.endswith("rootless.conf"):
            files += drop_ins(f"{path}.d/{rootless_uid}")
    return [*files, override] if override else files


def load_containers_conf(files: Sequence[str]) -> ContainersConf:
    """Return the merged settings. Raises InvalidInput naming file and line of what cannot be parsed or makes no sense.

    Keys that pycman does not know are left alone: the file is shared with other engines.
    """
    values: dict[str, Any] = {}
    for path in files:
        document = load_toml(path)
        for table in _TABLES:
            found = document.get(table, {})
            if not isinstance(found, dict):
                raise wrong_value(path, table, "must be a table")
            for key, value in found.items():
                field = _RENAMED.get((table, key), key)
                if field in ContainersConf._fields:
                    values[field] = _merged(path, field, value, values.get(field))
    return ContainersConf(**values)


def _merged(path: str, field: str, value: Any, before: Any) -> Any:
    """Return the value of one key after this file."""
    default = getattr(ContainersConf, field)
    if isinstance(default, dict):
        return _merged_table(path, field, value, before or {})
    if field == "default_subnet_pools":
        return tuple(value)
    if isinstance(default, tuple) and isinstance(value, list):
        items = [item for item in value if not isinstance(item, dict)]
        append = any(item.get("append") is True for item in value if isinstance(item, dict))
        return (*(before or () if append else ()), *check_kind(path, field, items, default))
    checked = check_kind(path, field, value, default)
    if checked and checked not in _ONE_OF.get(field, (checked,)):
        raise wrong_value(path, field, f"is {checked}; it may be {', '.join(_ONE_OF[field])}")
    return checked


def _merged_table(path: str, field: str, value: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong_value(path, field, "must be a table")
    merged = dict(before)
    for name, item in value.items():
        default: object = "" if field == "platform_to_oci_runtime" else ()
        merged[name] = check_kind(path, name, item, default)
    return merged
