"""Every key of containers.conf(5): what it does in pycman, or why it has no effect. docs/configuration.md is generated from it.

Only imported when a changed file is parsed, and for documentation.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

EFFECTS = {
    "containers": {
        "annotations": "annotations of containers, KEY=VALUE; `--annotation` wins",
        "apparmor_profile": "AppArmor profile of containers that are not privileged; on a host without AppArmor a warning",
        "base_hosts_file": "what /etc/hosts begins with: a path, `none`, `image` (the image's own); empty is loopback names",
        "cgroup_conf": "values of cgroup v2 files, KEY=VALUE; `--cgroup-conf` wins",
        "cgroupns": "cgroup namespace: `private` or `host`",
        "cgroups": "`enabled`, `disabled`, `no-conmon` or `split`",
        "default_capabilities": "capabilities before `--cap-add` and `--cap-drop`; an empty list means none; also for CRI",
        "default_sysctls": "kernel parameters of the namespaces a container has of its own; `--sysctl` wins",
        "default_ulimits": "limits, NAME=SOFT:HARD; `--ulimit` of the same name wins",
        "devices": "devices of all containers, HOST[:CONTAINER[:rwm]] or a CDI name",
        "dns_options": "options of resolv.conf; `--dns-option` wins",
        "dns_searches": "search domains of resolv.conf; `--dns-search` wins",
        "dns_servers": "name servers; `--dns` wins",
        "env": "variables, KEY=VALUE; those of the image and `--env` win",
        "env_host": "give containers all variables of the caller; those of the image and `--env` win",
        "host_containers_internal_ip": "address of host.containers.internal; `none` leaves the name out",
        "http_proxy": "give containers the caller's proxy variables",
        "init": "run an init as process 1",
        "init_path": "the init for `init` and `--init`; empty is catatonit, docker-init or tini, whichever is found",
        "interface_name": "`device` names a macvlan's or ipvlan's interface after its parent; empty is eth0, eth1, ...",
        "ipcns": "IPC namespace: `private`, `shareable`, `none` or `host`",
        "keyring": "a session keyring of the container's own; false keeps the caller's",
        "label": "label processes and files of containers, on a host with SELinux; false leaves them as they are",
        "label_users": "SELinux user and role of containers are those of the caller, not those of the policy's container_t",
        "log_driver": "`k8s-file`, `json-file` (the same), `journald` (systemd's journal, and a file where that cannot be read), `none`, `passthrough`",
        "log_size_max": "bytes at which a log is begun anew; -1 is no limit",
        "mounts": "mounts of all containers, as `--mount` has them; one of the same target wins",
        "netns": "network of containers and (`host`, `none`) pods that name none: `private`, `bridge`, `host`, `none`, `slirp4netns`, `pasta`",
        "no_hosts": "make no /etc/hosts",
        "oom_score_adj": "OOM score adjustment; `--oom-score-adj` wins",
        "pidns": "PID namespace: `private` or `host`",
        "pids_limit": "most processes; 0 or -1 is no limit; not set where the host has no pids controller",
        "privileged": "give containers all privileges, and what `exec` runs",
        "read_only": "mount the root file system read-only",
        "seccomp_profile": "the default profile, an absolute path or `unconfined`; also what RuntimeDefault means to CRI",
        "shm_size": "size of /dev/shm",
        "tz": "time zone: a name below /usr/share/zoneinfo, or `local`",
        "umask": "umask of processes, octal",
        "userns": "user namespace: `host`, `auto`, `keep-id`, `nomap`, with options after a colon; in pods the infra container's",
        "utsns": "UTS namespace: `private` or `host`",
        "volumes": "volumes of all containers, as `--volume` has them; one of the same target wins",
    },
    "engine": {
        "hooks_dir": "folders of OCI hooks (oci-hooks(5)), in place of root's usual ones; hooks of stage precreate are refused",
        "cdi_spec_dirs": "directories of CDI specifications",
        "cgroup_manager": "`systemd` or `cgroupfs`; `--cgroup-manager` wins",
        "compression_format": "how `push` compresses layers: `gzip`, `zstd`, `zstd:chunked` (as zstd); `--compression-format` wins",
        "compression_level": "at what level it does; -1 is the usual one",
        "compose_providers": "programs that `compose` runs, the first that is installed; PODMAN_COMPOSE_PROVIDER wins",
        "conmon_env_vars": "variables of conmon, KEY=VALUE",
        "conmon_path": "where conmon is: the first path that exists; empty is a search of PATH",
        "detach_keys": "keys that detach; `--detach-keys` wins",
        "env": "variables that pycman lacks in its environment, KEY=VALUE: proxies of registries, and what containers get of the caller's",
        "events_logfile_max_size": "size in bytes at which that file is rotated, its older half being dropped; 0 is never",
        "events_logfile_path": "a file that events are written to, a line of JSON for each, beside the database; `events` reads it",
        "events_logger": "`none`: there is no `events`; `file`: the database; `journald`: systemd's journal as well; `--events-backend` wins",
        "healthcheck_events": "write an event when a container's health changes",
        "helper_binaries_dir": "directories searched first for aardvark-dns, slirp4netns, pasta, catatonit, fuse-overlayfs",
        "image_default_format": "format of images that `commit` makes: `oci`, or `v2s2` (docker)",
        "image_parallel_copies": "most layers pulled or pushed at a time; 0 is 4",
        "image_volume_mode": "what becomes of an image's volumes: `anonymous` (also `bind`), `tmpfs`, `ignore`",
        "infra_command": "command of a pod's infra container",
        "infra_image": "image of a pod's infra container; empty is none at all, with catatonit",
        "kube_generate_type": "what `kube generate` writes: `pod`, `deployment`, ...; `--type` wins",
        "network_cmd_options": "options of slirp4netns for `--network slirp4netns`; those of the flag win",
        "network_cmd_path": "where slirp4netns is",
        "no_pivot_root": "have the runtime use chroot in place of pivot_root",
        "platform_to_oci_runtime": "OCI runtime by the image's platform",
        "pod_exit_policy": "`continue` or `stop`: what the end of a pod's last container means; `--exit-policy` wins",
        "pull_policy": "`always`, `missing`, `never` or `newer`, for run and create; `--pull` wins",
        "retry": "how often a registry is asked again; `--retry` wins",
        "retry_delay": "the pause before that, such as 2s; `--retry-delay` wins",
        "runtime": "OCI runtime, a name or a path; `--runtime` wins",
        "runtime_supports_kvm": "OCI runtimes whose containers are virtual machines: the SELinux type of their processes is container_kvm_t",
        "runtimes": "where OCI runtimes and shims of containerd are, by name: the first path that exists (docs/runtimes.md)",
        "runtimes_flags": "flags of OCI runtimes by name, without their --",
        "stop_timeout": "seconds between the stop signal and SIGKILL; `--stop-timeout` wins",
    },
    "network": {
        "default_host_ips": "addresses ports are published on that name none: [\"127.0.0.1\"] keeps them from other hosts",
        "default_network": "name of the network of containers that name none",
        "default_rootless_network_cmd": "rootless: `slirp4netns` or `pasta` alone in place of the default bridge network",
        "default_subnet": "subnet of the default network, when it is made",
        "default_subnet_pools": "where subnets of new networks are taken from",
        "pasta_options": "options of pasta for `--network pasta`; those of the flag come after",
    },
    "secrets": {
        "driver": "`file`; with another `secret create` is refused, as it would keep the secret in a plain file",
    },
}  # fmt: skip
"""Keys that are read, by table: what they do, as docs/configuration.md says it."""

_OTHERS = "belongs to podman's own state, which pycman never touches"
_SERVICE = "there is no service to connect to"
_EVENTS = "events are rows of the database"
_VOLUME_PLUGINS = "there are no volume plugins"


class _Any(tuple[object, ...]):
    """All values."""

    __slots__ = ()

    def __contains__(self, _value: object) -> bool:
        return True


ANY = _Any()
"""What is asked for is refused where it is used, so that the setting itself needs no warning."""

NO_EFFECT: Mapping[str, Mapping[str, tuple[str, tuple[object, ...]]]] = {
    "containers": {
        "enable_keyring": ("it is called keyring now", (True,)),
        "log_tag": ("only journald keeps tags", ("",)),
        "prepare_volume_on_create": ("volumes are filled at the first start", (False,)),
        "rootless_networking": ("it is called netns now", ()),
        "userns_size": ("sizes stand in storage.conf, or after auto:", ()),
    },
    "engine": {
        "active_service": (_SERVICE, ("",)),
        "add_compression": ("one compressed form of an image is pushed", ([],)),
        "cgroup_check": ("it is podman's own note", ()),
        "chown_copied_files": ("`cp -a` says it", ()),
        "compat_api_enforce_docker_hub": ("there is no API server", ()),
        "compose_warning_logs": ("`compose` prints nothing of its own", ()),
        "conmonrs_path": ("conmon is used", ([],)),
        "database_backend": (_OTHERS, ("", "sqlite")),
        "enable_port_reservation": ("ports are always held", (True,)),
        "events_container_create_inspect_data": (_EVENTS, (False,)),
        "exit_command_delay": ("an exec session ends with its process", ()),
        "image_build_format": ("images are not built", ()),
        "image_copy_tmp_dir": ("blobs are written where they stay", ()),
        "image_default_transport": ("images are named as registries name them", ("", "docker://")),
        "lock_type": ("locks are files", ()),
        "multi_image_archive": ("`save` takes any number of images", ()),
        "namespace": ("there are no namespaces of containers", ("",)),
        "num_locks": ("locks are files, as many as there are objects", ()),
        "remote": (_SERVICE, (False,)),
        "runtime_supports_json": ("errors of all runtimes are understood", ()),
        "runtime_supports_nocgroups": ("what a runtime can do is found by asking it", ()),
        "service_destinations": (_SERVICE, ()),
        "service_timeout": (_SERVICE, ()),
        "ssh_config": (_SERVICE, ("",)),
        "static_dir": (_OTHERS, ()),
        "tmp_dir": (_OTHERS, ()),
        "volume_path": (_OTHERS, ("",)),
        "volume_plugin_timeout": (_VOLUME_PLUGINS, ANY),
        "volume_plugins": (f"{_VOLUME_PLUGINS}: a volume of one is refused when it is created", ANY),
    },
    "network": {
        "cni_plugin_dirs": ("CNI is for the CRI server, whose own configuration names them", ()),
        "dns_bind_port": ("names are answered for on port 53", (0, 53)),
        "firewall_driver": ("rules are nftables", ("", "nftables")),
        "netavark_plugin_dirs": ("networks are made by pycman itself", ()),
        "network_backend": ("networks are made by pycman itself", ("",)),
        "network_config_dir": (_OTHERS, ("",)),
    },
    "secrets": {"opts": ("there is one driver, which has no options", ({},))},
}  # fmt: skip
"""Known keys without effect, by table: the reason, and the values that need no warning because pycman behaves like that anyway."""

TABLES_WITHOUT_EFFECT = {
    "configmaps": "config maps come from Kubernetes YAML",
    "farms": "there is no build farm",
    "machine": "there are no virtual machines",
    "podmansh": "there is no login shell",
}
"""Tables that are ignored as a whole, with the reason."""


def field_of(table: str, key: str) -> str:
    """Return the field of ContainersConf that a key is kept in; "" for one that is not read."""
    if key not in EFFECTS.get(table, ()):
        return ""
    return {("engine", "env"): "engine_env", ("secrets", "driver"): "secrets_driver"}.get((table, key), key)
