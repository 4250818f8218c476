"""The settings of containers.conf (containers.conf(5)), and the files they are read from, first to last; later ones win.

/usr/share/containers/containers.conf, /etc/containers/containers.conf and its .d/, rootless also
/etc/containers/containers.rootless.conf with its .d/ and .d/UID/, then $XDG_CONFIG_HOME/containers/containers.conf and
its .d/. CONTAINERS_CONF replaces them all; then come the modules of --module, and CONTAINERS_CONF_OVERRIDE is read last. `containers_conf_parse.py` reads them,
`containers_conf_keys.py` says what each key does here.
"""

from __future__ import annotations

import os

from pycman.config.toml_file import drop_ins
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class ContainersConf(Record):
    """The merged settings; the defaults are those of the file podman ships. Sizes are as written, times in seconds.

    `given` names the fields that a file sets, so that an empty list can be told from one that is not set.
    """

    given: tuple[str, ...] = ()

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
    privileged: bool = False
    read_only: bool = False
    no_hosts: bool = False
    base_hosts_file: str = ""
    host_containers_internal_ip: str = ""
    interface_name: str = ""
    keyring: bool = True
    oom_score_adj: int = 0
    apparmor_profile: str = ""
    label: bool = True
    label_users: bool = False
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
    runtime_supports_kvm: tuple[str, ...] = ()
    runtimes_flags: Mapping[str, tuple[str, ...]] = {}
    platform_to_oci_runtime: Mapping[str, str] = {}
    conmon_path: tuple[str, ...] = ()
    conmon_env_vars: tuple[str, ...] = ()
    engine_env: tuple[str, ...] = ()
    cgroup_manager: str = ""
    stop_timeout: int = 10
    detach_keys: str = "ctrl-p,ctrl-q"
    events_logger: str = ""
    events_logfile_path: str = ""
    events_logfile_max_size: int = 1_000_000
    healthcheck_events: bool = True
    cdi_spec_dirs: tuple[str, ...] = ()
    hooks_dir: tuple[str, ...] = ()
    helper_binaries_dir: tuple[str, ...] = ()
    image_default_format: str = ""
    image_parallel_copies: int = 0
    image_volume_mode: str = "anonymous"
    infra_command: str = ""
    infra_image: str = ""
    kube_generate_type: str = "pod"
    network_cmd_path: str = ""
    network_cmd_options: tuple[str, ...] = ()
    no_pivot_root: bool = False
    pod_exit_policy: str = "continue"
    pull_policy: str = "missing"
    retry: int = 3
    retry_delay: str = ""
    compose_providers: tuple[str, ...] = ()
    compression_format: str = ""
    compression_level: int = -1
    # [network]
    default_host_ips: tuple[str, ...] = ()
    default_network: str = "podman"
    default_rootless_network_cmd: str = ""
    default_subnet: str = "10.88.0.0/16"
    default_subnet_pools: tuple[Mapping[str, Any], ...] = ()
    pasta_options: tuple[str, ...] = ()
    # [secrets]
    secrets_driver: str = "file"


def containers_conf_files(home: str, rootless_uid: int = 0, modules: Sequence[str] = ()) -> list[str]:
    """Return the files to read, first to last, whether they exist or not. `rootless_uid` 0 is root; `modules` are paths."""
    replaced = os.environ.get("CONTAINERS_CONF", "")
    override = os.environ.get("CONTAINERS_CONF_OVERRIDE", "")
    if replaced:
        return [replaced, *modules, override] if override else [replaced, *modules]
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
    return [*files, *modules, override] if override else [*files, *modules]
