"""What Kubernetes YAML has no field for, and no annotation either: each setting that a spec has and `describe.py` does not write. Pure.

Every field of a spec is in one of two tables here, which a test holds against the specs: it is written, or it is told when it is set.
"""

from __future__ import annotations

from pycman.spec.container import ContainerSpec, Security
from pycman.spec.health import HealthLog
from pycman.spec.pod import PodSpec
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from pycman.record import Record
    from pycman.spec.mount import Mount
    from pycman.spec.network_attachment import NetworkMode

_UNSAID = (None, False, "", (), 0)

WRITTEN = frozenset(
    "image rootfs command entrypoint name env workdir terminal stdin init init_path stop_signal stop_timeout_s"
    " secret_env devices ports expose extra_hosts dns dns_search dns_options pid_mode ipc_mode"
    " ulimits sysctls health startup_health restart auto_remove init_kind network user mounts secrets resources security".split()
)
"""Fields of ContainerSpec that become a field, an annotation, or a field of the pod; the last six are looked into below."""
MEANINGLESS = frozenset(
    "pod_fields env_files create_command conf_defaults pod_id is_infra service_exit pinned pull deadline_s message_path message_from_log startup_probe"
    " readiness_probe liveness_probe post_start pre_stop stdin_once groups_policy publish_all http_proxy env_host env_merge names_numbers image_volumes"
    " id_file pid_file conmon_pid_file auto_remove_image volumes_from labels hostname user_mode workdir_required cgroup_manager hooks_dirs sdnotify_socket".split()
)
"""Fields that only YAML sets, that are a matter of the host, or that were resolved into others when the container was created."""
TOLD = {
    "unset_env": "variables of the image that are unset", "unset_env_all": "that no variables are set", "annotations": "the annotations",
    "host_users": "users of the host in /etc/passwd", "systemd": "that it runs systemd",
    "rootfs_overlay": "that its root file system is not changed",
    "passwd": "that it has no entry in /etc/passwd", "passwd_entry": "its entry in /etc/passwd", "group_entry": "its entry in /etc/group",
    "personality": "the personality", "group_add": "more groups", "umask": "the umask", "timezone": "the time zone",
    "domainname": "the domain name", "timeout_s": "the time limit", "cdi_devices": "devices of vendors",
    "shm_size_bytes": "the size of /dev/shm", "dns_exact": "that resolv.conf has nothing else", "no_hosts": "that /etc/hosts is the image's", "base_hosts": "what /etc/hosts begins with", "systemd_size_bytes": "the size of systemd's file systems in memory",
    "no_hostname": "that /etc/hostname is the image's", "uts_mode": "the UTS namespace", "cgroup_mode": "the cgroup namespace",
    "id_map": "the mapping of ids", "oom_score_adj": "the OOM score", "cgroup_parent": "the cgroup parent", "cgroups": "how cgroups are made",
    "health_on_failure": "what follows when it is unhealthy", "health_log": "where outcomes of its checks are kept", "log": "the log driver", "sdnotify": "whom systemd is told by", "oci_runtime": "the OCI runtime",
    "platform": "the platform", "requires": "the containers that it requires",
}  # fmt: skip
"""Fields of ContainerSpec for which there is nothing, each with what it is called in `… of NAME`."""
_USUAL: dict[str, tuple[Any, ...]] = {
    "passwd": (True,), "systemd": ("true", "false"), "cgroups": ("enabled",), "health_on_failure": ("none",), "log": (ContainerSpec().log,),
    "health_log": (HealthLog(), HealthLog(max_size=500)),
    "id_map": (ContainerSpec().id_map,),
}  # fmt: skip

RESOURCES_WRITTEN = frozenset(
    "memory_bytes memory_reservation_bytes cpu_shares cpu_period_us cpu_quota_us cpuset_cpus cpuset_mems pids_limit huge_pages"
    " memory_swap_bytes".split()
)
SECURITY_WRITTEN = frozenset(
    "privileged cap_add cap_drop no_new_privileges read_only seccomp_profile apparmor_profile label_options unmask".split()
)
POD_WRITTEN = frozenset(
    "name hostname labels annotations create_command conf_defaults infra infra_name network ports port_names extra_hosts dns dns_search"
    " dns_options pid_mode ipc_mode user_mode volumes owner sysctls share pinned managed_by service_container infra_conmon_pid_file".split()
)
POD_OF_MEMBERS = frozenset("mounts volumes_from devices security restart".split())
"""Fields of PodSpec that its members have taken over."""
POD_TOLD = {
    "domainname": "the domain name", "exit_policy": "the exit policy", "share_parent": "that members have no cgroup in common", "infra_image": "the infra image",
    "infra_command": "the infra command", "dns_exact": "that resolv.conf has nothing else", "no_hosts": "that /etc/hosts is the image's", "base_hosts": "what /etc/hosts begins with", "systemd_size_bytes": "the size of systemd's file systems in memory",
    "no_hostname": "that /etc/hostname is the image's", "uts_mode": "the UTS namespace", "id_map": "the mapping of ids",
    "shm_size_bytes": "the size of /dev/shm", "resources": "limits for all members together", "cgroup_parent": "the cgroup parent",
    "oci_runtime": "the OCI runtime",
}  # fmt: skip
_POD_USUAL: dict[str, tuple[Any, ...]] = {
    "exit_policy": ("continue", "stop"), "share_parent": (True,), "id_map": (PodSpec().id_map,), "resources": (PodSpec().resources,),
}  # fmt: skip


def dropped_of_container(spec: ContainerSpec, image: Mapping[str, Any]) -> list[str]:
    """Return what of a container is not written, each as a clause; `image` is the `config` of its image."""
    return [f"{setting} of {spec.name}" for setting in _settings(spec, image)]


def dropped_of_pod(name: str, pod: PodSpec, *, alone: bool) -> list[str]:
    """Return what of a pod is not written, each as a clause. `alone`: it is made of a container's spec, whose settings are told as such."""
    told = [] if alone else list(_told(pod, POD_TOLD, _POD_USUAL))
    extra = [space for space in pod.share if space not in ("ipc", "net", "uts", "pid")]
    told += [f"that members share the {space} namespace" for space in extra]
    told += _network(pod.network)
    told += [f"the host {entry.partition(':')[0]}" for entry in pod.extra_hosts if entry.endswith(":host-gateway")]
    if pod.user_mode.kind not in ("", "host", "auto", "keep-id", "nomap"):
        told.append("the user namespace")
    return [f"{setting} of {name}" for setting in told]


def _told(record: Record, names: Mapping[str, str], usual: Mapping[str, tuple[Any, ...]]) -> Iterator[str]:
    for field, setting in names.items():
        value = getattr(record, field)
        kind = getattr(value, "kind", None)
        if kind is not None and hasattr(value, "value"):
            value = "" if kind == "container" else kind  # a member's namespace is its pod's
        if value not in (*_UNSAID, {}, *usual.get(field, ())):
            yield setting


def _settings(spec: ContainerSpec, image: Mapping[str, Any]) -> Iterator[str]:
    names = {field: setting for field, setting in TOLD.items() if not (spec.pod_id and field == "cgroup_parent")}
    yield from _told(spec, names, _USUAL)
    labels = {key: value for key, value in spec.labels.items() if (image.get("Labels") or {}).get(key) != value}
    if spec.pod_id and labels:
        yield f"the labels {', '.join(sorted(labels))}"
    user, _, group = spec.user.partition(":")
    if (
        spec.user
        and spec.user != str(image.get("User") or "")
        and not (user.isdecimal() and (not group or group.isdecimal()))
    ):
        yield f"the user {spec.user} (only ids can be written)"
    if spec.restart.maximum_retries:
        yield "the number of restarts"
    if spec.health is not None and spec.health.test[:1] == ("NONE",) and image.get("Healthcheck"):
        yield "that the image's health check is not run"
    for mount in spec.mounts:
        yield from _mount(mount)
    for use in spec.secrets:
        if getattr(use, "uid", 0) or getattr(use, "gid", 0):
            yield f"the owner of the secret {use.name}"
    yield from _resources(spec.resources)
    yield from _security(spec.security)


def _mount(mount: Mount) -> Iterator[str]:
    written = ("size=",) if mount.kind == "tmpfs" else ()
    options = [
        option
        for option in mount.options
        if not option.startswith(written or "\0") and option not in ("rw", "ro", "rbind", "bind")
    ]
    if options and mount.kind in ("bind", "volume", "tmpfs", "image"):
        yield f"the options {','.join(options)} of the mount at {mount.target}"


def _network(mode: NetworkMode) -> Iterator[str]:
    if mode.kind in ("none", "slirp4netns", "pasta", "container", "path"):
        yield f"the network {mode.kind}"
    for attachment in mode.attachments:
        for field in ("ipv4", "ipv6", "mac_address", "interface_name"):
            if getattr(attachment, field):
                yield f"the address or name {getattr(attachment, field)} on the network {attachment.name}"


def _resources(own: Resources) -> Iterator[str]:
    usual = Resources()
    for field in Resources._fields:
        if field not in RESOURCES_WRITTEN and getattr(own, field) != getattr(usual, field):
            yield f"the limit {field.removesuffix('_bytes').removesuffix('_us').replace('_', '-')}"
    memory = own.memory_bytes or 0
    if own.memory_swap_bytes not in (None, memory, 2 * memory):
        yield "the limit memory-swap"


def _security(own: Security) -> Iterator[str]:
    usual = Security()
    if own.privileged:
        return
    for field in Security._fields:
        if (
            field not in SECURITY_WRITTEN
            and field not in ("read_only_tmpfs", "writable_tmpfs")
            and getattr(own, field) != getattr(usual, field)
        ):
            yield f"the security option {field.replace('_', '-')}"
    if own.seccomp_profile not in ("", "unconfined"):
        yield f"the seccomp profile {own.seccomp_profile}"
    others: Sequence[str] = [path for path in own.unmask if path.upper() != "ALL"]
    if others:
        yield f"the unmasked paths {', '.join(others)}"
    if own.read_only and not own.read_only_tmpfs:
        yield "that a read-only root has no tmpfs on /tmp and /run"
    plain = [option for option in own.label_options if ":" not in option]
    if plain:
        yield f"the SELinux options {', '.join(plain)}"
