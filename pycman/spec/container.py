"""ContainerSpec: all that a caller can ask of a container, before image defaults and host facts."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.health import HealthCheck, RestartPolicy
from pycman.spec.id_map import IdMap
from pycman.spec.mount import Device, Mount, SecretUse
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.probe import Handler, Probe
from pycman.spec.resources import Resources, Ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ContainerSpec", "LogConfig", "NamespaceMode", "ProcessSpec", "Security", "check_name"]

_NAME_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NAME_REST = _NAME_FIRST | frozenset("_.-")


class NamespaceMode(Record):
    """`kind` is "" (the default for that namespace), private, host, container, pod, path, shareable, none,
    keep-id, nomap or auto; `value` is a container's id, a path, or the text after the colon ("uid=1,gid=1").
    """

    kind: str = ""
    value: str = ""


class Security(Record):
    """Privileges and confinement. None is not said, which containers.conf decides, else False."""

    privileged: bool | None = None
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    cap_ambient: tuple[str, ...] | None = None
    """Those that pass on to what a user executes; None are `cap_add`, for users but root."""
    no_new_privileges: bool = False
    seccomp_profile: str = ""
    """"" is the host's default profile; "unconfined" none; else a path."""
    apparmor_profile: str = ""
    label_options: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    unmask: tuple[str, ...] = ()
    masked_paths: tuple[str, ...] | None = None
    readonly_paths: tuple[str, ...] | None = None
    """Exactly these, in place of the usual ones with `mask` and `unmask`."""
    proc_options: str = ""
    read_only: bool | None = None
    read_only_tmpfs: bool = True


class LogConfig(Record):
    """Where output goes. `driver` is k8s-file (docker's json-file is answered by it), none or passthrough."""

    driver: str = "k8s-file"
    path: str = ""
    max_size_bytes: int = -1
    tag: str = ""
    options: Mapping[str, str] = {}


class ProcessSpec(Record):
    """One process for `exec`; None or empty fields take the container's own."""

    command: tuple[str, ...]
    env: Mapping[str, str] = {}
    user: str = ""
    workdir: str = ""
    terminal: bool = False
    stdin: bool = False
    privileged: bool = False
    detach_keys: str = "ctrl-p,ctrl-q"
    preserve_fds: int = 0


class ContainerSpec(Record):
    """What `create` and `run` take. A value that is None or empty comes from the image, else from containers.conf.

    `command` replaces the image's Cmd; `entrypoint` None keeps the image's, () clears it. `rootfs` is a directory used
    as root file system instead of an image. Names of files (env files, label files, cid files) are the door's business.
    """

    image: str = ""
    rootfs: str = ""
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    name: str = ""
    env: Mapping[str, str] = {}
    pod_fields: Mapping[str, str] = {}
    """Variables that are known only at the start: name to podIP or podIPs (of the pod's first network)."""
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
    group_add: tuple[str, ...] = ()
    groups_policy: str = ""
    """Which groups of the image the user gets: Merge, Strict, or docker's way (see `containers.users`)."""
    workdir: str = ""
    umask: str = ""
    timezone: str = ""
    hostname: str = ""
    domainname: str = ""
    terminal: bool = False
    stdin: bool = False
    stdin_once: bool = False
    """Standard input ends with that of the first client who attaches."""
    init: bool | None = None
    init_path: str = ""
    stop_signal: str = ""
    stop_timeout_s: int | None = None
    timeout_s: int = 0
    """Seconds after which the container is killed; 0 is never."""
    deadline_s: int = 0
    """Seconds from the start of its pod after which it is killed and not started again; 0 is never."""
    message_path: str = ""
    """The target of a mounted file in which it may say why it ended; what stands there is shown."""
    message_from_log: bool = False
    """If it failed and nothing stands there, the end of its log is shown."""

    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    image_volumes: str = ""
    """What becomes of the image's VOLUMEs: anonymous, tmpfs or ignore."""
    secrets: tuple[SecretUse, ...] = ()
    secret_env: tuple[SecretUse, ...] = ()
    devices: tuple[Device, ...] = ()
    cdi_devices: tuple[str, ...] = ()
    """Names of devices of vendors: vendor.com/class=name."""
    shm_size_bytes: int | None = None

    network: NetworkMode = NetworkMode(kind="")
    ports: tuple[PortMapping, ...] = ()
    expose: tuple[str, ...] = ()
    publish_all: bool = False
    extra_hosts: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    dns_exact: bool = False
    """What is not given for resolv.conf is not taken from the host either."""
    no_hosts: bool | None = None
    no_hostname: bool = False

    pid_mode: NamespaceMode = NamespaceMode()
    ipc_mode: NamespaceMode = NamespaceMode()
    uts_mode: NamespaceMode = NamespaceMode()
    cgroup_mode: NamespaceMode = NamespaceMode()
    user_mode: NamespaceMode = NamespaceMode()
    id_map: IdMap = IdMap()

    resources: Resources = Resources()
    ulimits: tuple[Ulimit, ...] = ()
    sysctls: Mapping[str, str] = {}
    oom_score_adj: int | None = None
    cgroup_parent: str = ""
    cgroups: str = ""
    """enabled, disabled or no-conmon."""

    security: Security = Security()
    health: HealthCheck | None = None
    startup_health: HealthCheck | None = None
    health_on_failure: str = "none"
    """none, kill, restart or stop."""
    startup_probe: Probe | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    post_start: Handler | None = None
    """Done right after the start; if it fails, the container is ended."""
    pre_stop: Handler | None = None
    """Done before the stop signal, within the time a stop has."""
    restart: RestartPolicy = RestartPolicy()
    auto_remove: bool = False
    log: LogConfig = LogConfig()
    oci_runtime: str = ""
    platform: str = ""
    pull: str = ""
    """always, missing, never or newer."""
    conf_defaults: bool = True
    """What is not said is taken from [containers] of containers.conf."""
    pod_id: str = ""
    is_infra: bool = False
    """It does nothing but hold the namespaces of its pod."""
    pinned: bool = False
    """An infra container without a process: files hold the namespaces."""
    init_kind: str = ""
    """In a pod: always or once; it runs to its end before the pod's others start, and with once goes then. A sidecar is
    started before them too, but runs beside them.
    """

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
