"""The names in podman's specs (pkg/specgen of podman 5.8), and which of them say nothing here. Pure."""

from __future__ import annotations

from api_server.translate.fields import Fields
from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINER = frozenset((
    "name", "pod", "entrypoint", "command", "env_host", "httpproxy", "env", "terminal", "stdin", "labels", "annotations",
    "stop_signal", "stop_timeout", "timeout", "log_configuration", "conmon_pid_file", "restart_policy", "restart_tries",
    "oci_runtime", "systemd", "sdnotifyMode", "pidns", "utsns", "hostname", "hostusers", "sysctl", "remove", "removeImage",
    "containerCreateCommand", "timezone", "dependencyContainers", "secret_env", "init_container_type", "personality", "envmerge",
    "unsetenv", "unsetenvall", "manage_password", "passwd_entry", "group_entry",
    "image", "raw_image_name", "image_os", "image_arch", "image_variant", "rootfs", "rootfs_overlay", "rootfs_mapping",
    "image_volume_mode", "volumes_from", "init", "init_path", "mounts", "volumes", "overlay_volumes", "image_volumes",
    "artifact_volumes", "devices", "device_cgroup_rule", "devices_from", "host_device_list", "ipcns", "shm_size",
    "shm_size_systemd", "work_dir", "create_working_dir", "storage_opts", "rootfs_propagation", "secrets", "volatile",
    "chroot_directories",
    "privileged", "user", "groups", "cap_add", "cap_drop", "selinux_opts", "apparmor_profile", "seccomp_policy",
    "seccomp_profile_path", "no_new_privileges", "userns", "idmappings", "read_only_filesystem", "read_write_tmpfs",
    "label_nested", "umask", "procfs_opts", "mask", "unmask",
    "cgroupns", "cgroups_mode", "cgroup_parent",
    "netns", "portmappings", "publish_image_ports", "expose", "networks", "cni_networks", "use_image_resolve_conf", "dns_server",
    "dns_search", "dns_option", "use_image_hostname", "use_image_hosts", "base_hosts_file", "hostadd", "network_options",
    "intelRdt", "resource_limits", "r_limits", "oom_score_adj", "weightDevice", "throttleReadBpsDevice", "throttleWriteBpsDevice",
    "throttleReadIOPSDevice", "throttleWriteIOPSDevice", "unified",
    "healthconfig", "health_check_on_failure_action", "startupHealthConfig", "healthLogDestination", "healthMaxLogCount",
    "healthMaxLogSize",
))  # fmt: skip

WITHOUT_MEANING: Mapping[str, str] = {
    "raw_image_name": "the image is named by image",
    "volatile": "a layer is always written through",
    "create_working_dir": "a working directory is made unless it is said to be required",
    "restart_tries": "it belongs to restart_policy on-failure",
}
"""Names that need no field of a ContainerSpec, and why."""

POD = frozenset((
    "name", "hostname", "exit_policy", "labels", "no_infra", "infra_conmon_pid_file", "infra_command", "infra_image", "infra_name",
    "ipcns", "shared_namespaces", "restart_policy", "restart_tries", "share_parent", "pod_create_command", "pidns", "userns", "utsns",
    "pod_devices", "sysctl", "netns", "portmappings", "networks", "cni_networks", "no_manage_resolv_conf", "dns_server",
    "dns_search", "dns_option", "no_manage_hostname", "no_manage_hosts", "hostadd", "hostsFile", "network_options", "mounts",
    "volumes", "overlay_volumes", "image_volumes", "volumes_from", "shm_size", "shm_size_systemd", "cgroup_parent",
    "serviceContainerID", "resource_limits", "security_opt", "idmappings", "devices", "device_read_bps",
    "weightDevice", "throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice",
))  # fmt: skip


def finish(fields: Fields, known: frozenset[str]) -> None:
    """Raise Unsupported for a name that is in `known`, says something and was not read; others are nobody's."""
    names = {name.lower() for name in known}
    for name, value in fields.unread():
        if name.lower() in names and value not in (None, "", 0, False, [], {}):
            raise Unsupported("this field is not supported", subject=fields.path(name), hint="leave it out")
