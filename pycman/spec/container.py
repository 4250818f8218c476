"""ContainerSpec: all that a caller can ask of a container, before image defaults and host facts."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.health import HealthCheck, HealthLog, RestartPolicy
from pycman.spec.id_map import IdMap
from pycman.spec.mount import Device, Mount, SecretUse
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.probe import Handler, Probe
from pycman.spec.resources import Resources, Ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

__all__ = [
    "LOG_DRIVERS",
    "POD_IP",
    "POD_IPS",
    "ContainerSpec",
    "LogConfig",
    "NamespaceMode",
    "ProcessSpec",
    "Security",
    "check_name",
    "without_marks",
]  # fmt: skip

_NAME_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NAME_REST = _NAME_FIRST | frozenset("_.-")

POD_IP, POD_IPS = "\0podIP\0", "\0podIPs\0"
"""Marks for the first address of a container's pod, and for all of them with commas: no other text has a NUL in it."""


def without_marks(text: str) -> str:
    """Return a text without the marks."""
    return text.replace(POD_IP, "").replace(POD_IPS, "")


class NamespaceMode(Record):
    """`kind` is "" (the default for that namespace), private, host, container, pod, path, shareable, none,
    keep-id, nomap or auto; `value` is a container's id, a path, or the text after the colon ("uid=1,gid=1").
    """

    kind: str = ""
    value: str = ""


class Security(Record):
    """Privileges and confinement: capabilities, seccomp, AppArmor, labels, masked paths (runtime-spec, config.md).

    None is the setting of containers.conf, else False.
    """

    privileged: bool | None = None
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    cap_ambient: tuple[str, ...] | None = None
    """Kept across execve by a user who is not root (capabilities(7)); None is `cap_add`, but nothing for root."""
    no_new_privileges: bool = False
    seccomp_profile: str = ""
    """"" is the default profile of the host, "unconfined" is no filter, anything else the path of a profile."""
    apparmor_profile: str = ""
    label_options: tuple[str, ...] = ()
    process_label: str = ""
    mount_label: str = ""
    """The SELinux labels of its processes and of its files, chosen when it is created; "" on a host without SELinux."""
    mask: tuple[str, ...] = ()
    unmask: tuple[str, ...] = ()
    masked_paths: tuple[str, ...] | None = None
    readonly_paths: tuple[str, ...] | None = None
    """Both replace the default paths and what `mask` and `unmask` change of them; None keeps the defaults."""
    proc_options: str = ""
    read_only: bool | None = None
    read_only_tmpfs: bool = True
    writable_tmpfs: bool = False
    """Not only a read-only root, any has /run, /tmp and /var/tmp in memory (podman's containers of Kubernetes YAML)."""
    read_only_dev: bool = False
    """With `read_only`: /dev and /dev/shm are read-only too (podman's --read-only-tmpfs=false)."""


LOG_DRIVERS = {"": "k8s-file", "k8s-file": "k8s-file", "json-file": "k8s-file", "local": "k8s-file", "none": "none",
               "journald": "journald", "passthrough": "passthrough"}  # fmt: skip
"""The driver that each name means: docker's json-file and local are files that `logs` reads, which k8s-file is too."""


class LogConfig(Record):
    """Where the output of a container is written.

    `driver` is k8s-file (which docker's json-file means too), journald (the journal and a file), none or passthrough.
    """

    driver: str = "k8s-file"
    path: str = ""
    max_size_bytes: int = -1
    tag: str = ""
    """What `logs --details` shows: conmon writes tags into the journal only."""
    options: Mapping[str, str] = {}


class ProcessSpec(Record):
    """One process for `exec`; None or empty fields take the container's own."""

    command: tuple[str, ...]
    env: Mapping[str, str] = {}
    user: str = ""
    workdir: str = ""
    terminal: bool = False
    stdin: bool = False
    privileged: bool | None = False
    """None is what containers.conf says."""
    detach_keys: str = "ctrl-p,ctrl-q"
    inherited: tuple[int, ...] = ()


class ContainerSpec(Record):
    """What `create` and `run` take. A value that is None or empty comes from the image, else from containers.conf.

    `command` replaces the image's Cmd; `entrypoint` None keeps the image's, () clears it. `rootfs` is a directory used
    as root file system instead of an image. Files that hold values (env files, label files, cid files) are read and
    written by the command line, never by the engine.
    """

    image: str = ""
    rootfs: str = ""
    rootfs_overlay: bool = False
    """The container writes into a layer of its own above `rootfs`, which stays as it is."""
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    name: str = ""
    env: Mapping[str, str] = {}
    pod_fields: Mapping[str, str] = {}
    """Environment variables with POD_IP or POD_IPS in them, in whose place the addresses come at each start. Where there are
    any, the marks are replaced in the command too."""
    env_files: Mapping[str, str] = {}
    """Environment variables whose values are read from files of the host when the bundle is written, so that no row has
    them (secrets of a build).
    """
    env_merge: Mapping[str, str] = {}
    """Variables whose values are made of those of the image and of containers.conf: "${NAME}-more"."""
    unset_env: tuple[str, ...] = ()
    unset_env_all: bool = False
    http_proxy: bool | None = None
    """Get the caller's proxy variables. None, here and below, is not said: containers.conf decides."""
    env_host: bool | None = None
    """Get all variables of the caller, below those of the image."""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    create_command: tuple[str, ...] = ()

    user: str = ""
    passwd: bool = True
    """With keep-id, the user gets a line in the container's /etc/passwd and /etc/group."""
    names_numbers: bool = False
    """With `passwd`, so does a `user` that is a number nobody has there."""
    passwd_entry: str = ""
    """That line in /etc/passwd, with $USERNAME, $UID, $GID, $NAME and $HOME; `group_entry` with $GROUPNAME, $GID and $USERLIST."""
    group_entry: str = ""
    group_add: tuple[str, ...] = ()
    host_users: tuple[str, ...] = ()
    """Names or uids of the host's users that the container's /etc/passwd gets."""
    groups_policy: str = ""
    """Which groups of the image the user gets: Merge, Strict, or docker's way (see `containers.users`)."""
    workdir: str = ""
    workdir_required: bool = False
    """The working directory must be in the image or a mount; else the runtime makes it."""
    umask: str = ""
    timezone: str = ""
    hostname: str = ""
    domainname: str = ""
    terminal: bool = False
    stdin: bool = False
    stdin_once: bool = False
    """Close standard input when the first client that attaches closes its own."""
    systemd: str = ""
    """Prepare for systemd as first process: always, true (if the command is systemd or init), false; kept is always or ""."""
    init: bool | None = None
    init_path: str = ""
    stop_signal: str = ""
    stop_timeout_s: int | None = None
    timeout_s: int = 0
    """Seconds after which the container is killed; 0 is never."""
    deadline_s: int = 0
    """Seconds from the start of its pod after which the container is killed and not restarted; 0 is never."""
    message_path: str = ""
    """Path of the termination message inside the container (Kubernetes terminationMessagePath); "" is none."""
    message_from_log: bool = False
    """Use the end of the log as termination message if the container failed and wrote none (FallbackToLogsOnError)."""

    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    image_volumes: str = ""
    """How the VOLUMEs of the image are mounted: anonymous, tmpfs or ignore; "" is the setting of containers.conf."""
    secrets: tuple[SecretUse, ...] = ()
    secret_env: tuple[SecretUse, ...] = ()
    devices: tuple[Device, ...] = ()
    cdi_devices: tuple[str, ...] = ()
    """Names of Container Device Interface devices: vendor.com/class=name."""
    shm_size_bytes: int | None = None
    systemd_size_bytes: int | None = None
    """Size of each file system in memory that systemd gets (/run, /run/lock, /tmp, /var/log/journal); None is no limit."""
    """None is the default, 0 no limit."""

    network: NetworkMode = NetworkMode(kind="")
    ports: tuple[PortMapping, ...] = ()
    expose: tuple[str, ...] = ()
    publish_all: bool = False
    extra_hosts: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    dns_exact: bool = False
    """Write only `dns`, `dns_search` and `dns_options` into resolv.conf; nothing is taken from the host's file."""
    no_hosts: bool | None = None
    base_hosts: str = ""
    """What /etc/hosts begins with: an absolute path of the host, "image" (the image's own) or "none"; "" is what containers.conf says."""
    no_hostname: bool = False

    pid_mode: NamespaceMode = NamespaceMode()
    ipc_mode: NamespaceMode = NamespaceMode()
    uts_mode: NamespaceMode = NamespaceMode()
    cgroup_mode: NamespaceMode = NamespaceMode()
    user_mode: NamespaceMode = NamespaceMode()
    id_map: IdMap = IdMap()

    resources: Resources = Resources()
    ulimits: tuple[Ulimit, ...] = ()
    personality: str = ""
    """The execution domain of personality(2): LINUX or LINUX32; "" is the host's."""
    sysctls: Mapping[str, str] = {}
    oom_score_adj: int | None = None
    cgroup_parent: str = ""
    cgroups: str = ""
    """enabled, disabled, no-conmon or split."""
    cgroup_manager: str = ""
    """The cgroup manager that it was made with: systemd, cgroupfs or disabled; "" is the host's at the start."""
    hooks_dirs: tuple[str, ...] = ()
    """Folders of OCI hooks, named when it was made: its restarts look there too."""

    security: Security = Security()
    health: HealthCheck | None = None
    startup_health: HealthCheck | None = None
    health_on_failure: str = "none"
    """none, kill, restart or stop."""
    health_log: HealthLog = HealthLog()
    startup_probe: Probe | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    post_start: Handler | None = None
    """Run right after the start; if it fails, the container is killed (Kubernetes postStart)."""
    pre_stop: Handler | None = None
    """Run before the stop signal; its time counts towards the stop timeout (Kubernetes preStop)."""
    restart: RestartPolicy = RestartPolicy()
    auto_remove: bool = False
    auto_remove_image: bool = False
    """Remove the image too when the container is removed at its exit, unless something else uses it."""
    id_file: str = ""
    """Path of the host's file with the container's id, which is removed with the container; written by the command line."""
    pid_file: str = ""
    """Path of the host's file that has the pid of the process since each start; `conmon_pid_file` that of its monitor."""
    conmon_pid_file: str = ""
    log: LogConfig = LogConfig()
    sdnotify: str = ""
    """Who tells the service manager that it runs, where one waits: container (which "" means too), conmon, healthy or ignore."""
    sdnotify_socket: str = ""
    """The service manager's socket when the container was created, for `inspect`: a start tells the one of its own caller."""
    oci_runtime: str = ""
    platform: str = ""
    pull: str = ""
    """always, missing, never or newer."""
    conf_defaults: bool = True
    """What is not said is taken from [containers] of containers.conf."""
    requires: tuple[str, ...] = ()
    """Ids of the containers that are started before this one; names are taken at create."""
    pod_id: str = ""
    is_infra: bool = False
    """The infra container of its pod, which only holds the pod's namespaces."""
    pinned: bool = False
    """An infra container without a process: bind-mounted files keep the namespaces (`containers.start.pinned_sandbox`).
    """
    service_exit: str = ""
    """The service container of a play, which runs as long as its pods: whether its status tells of failed containers
    (none, any, all). "" is an ordinary container."""
    init_kind: str = ""
    """How an init container of a pod runs: always (before every start of the pod), once (it is removed after its first
    run), or sidecar (started before the other containers, and runs beside them). "" is an ordinary container.
    """

    @property
    def readable(self) -> Self:
        """Return the spec with $(POD_IP) in place of the marks, for people and images."""
        if not self.pod_fields:
            return self

        def read(text: str) -> str:
            return text.replace(POD_IP, "$(POD_IP)").replace(POD_IPS, "$(POD_IPS)")

        entrypoint = None if self.entrypoint is None else tuple(read(text) for text in self.entrypoint)
        return self.replace(entrypoint=entrypoint, command=tuple(read(text) for text in self.command))

    @property
    def manager(self) -> str:
        """Return the cgroup manager that the container needs: systemd, cgroupfs, disabled, split (cgroupfs), or "" for the host's."""
        return self.cgroups if self.cgroups in ("disabled", "split") else self.cgroup_manager

    @property
    def bare_root(self) -> str:
        """Return the directory that is itself the container's root; "" where the root is a mount of the container's own."""
        return "" if self.rootfs_overlay else self.rootfs

    @property
    def has_check(self) -> bool:
        """Say whether it has a health check of either kind."""
        return self.startup_health is not None or (self.health is not None and not self.health.is_off)

    @property
    def argv(self) -> tuple[str, ...]:
        """Return what the container's first process executes: the entrypoint, then the command."""
        return (*(self.entrypoint or ()), *self.command)


def check_name(name: str, *, noun: str = "container") -> str:
    """Return `name` if it may name an object ([a-zA-Z0-9][a-zA-Z0-9_.-]*). Raises InvalidInput."""
    if not name or name[0] not in _NAME_FIRST or not _NAME_REST.issuperset(name) or len(name) > 255:
        raise InvalidInput(
            f"not a {noun} name",
            subject=name or '""',
            hint="use letters, digits, _ . - and begin with a letter or digit",
        )
    return name
