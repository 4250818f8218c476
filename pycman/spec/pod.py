"""PodSpec: all that a caller can ask of a pod, whether the command line, YAML or CRI fills it."""

from __future__ import annotations

from pycman.record import Record
from pycman.spec.container import NamespaceMode, Security
from pycman.spec.health import RestartPolicy
from pycman.spec.id_map import IdMap
from pycman.spec.mount import Device, Mount
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping
from pycman.spec.resources import Resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACES = ("cgroup", "ipc", "net", "pid", "user", "uts")
"""The namespaces that members of a pod can share."""


class PodVolume(Record):
    """A directory that lives as long as the pod: on disk, or with `memory` a tmpfs (`size_bytes` 0: half of RAM)."""

    name: str
    memory: bool = False
    size_bytes: int = 0
    mode: int = 0o777
    gid: int = -1
    """Group of the directory, which may write to it and owns new files in it (Kubernetes fsGroup); -1 is group root."""
    file: str = ""
    """Name of an empty file, writable by everyone, that is created in the directory."""


class PodOwner(Record):
    """The Kubernetes object a pod belongs to, the pod's number in it, and a hash of everything the pod is made of."""

    kind: str
    namespace: str
    name: str
    number: int = 0
    hash: str = ""


class PodSpec(Record):
    """What `pod create` takes. `share` names the namespaces that the members share (of NAMESPACES).

    `infra` is whether an infra container holds them. `mounts`, `devices`, `security` and `restart` are the defaults of
    the members.
    """

    name: str = ""
    hostname: str = ""
    domainname: str = ""
    """What follows the host name in the pod's /etc/hosts, so that `hostname -f` has it."""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    create_command: tuple[str, ...] = ()
    exit_policy: str = ""
    """What happens to the pod when its last member exits: continue (the infra container keeps running) or stop; "" is
    the setting of containers.conf."""
    managed_by: str = ""
    """The program that manages the pod, for example kubelet; "" if only its user does."""

    service_container: str = ""
    """Id of the service container of the play that made the pod, "" if it has none."""

    conf_defaults: bool = True
    """What is not said is taken from containers.conf."""

    share: tuple[str, ...] = ("ipc", "net", "uts")
    share_parent: bool = True
    """Put the members' cgroups below the pod's, so that its limits apply to their sum."""
    infra: bool = True
    pinned: bool = False
    """Files keep the namespaces and the infra container has no process: only if neither pid nor user are shared."""
    infra_name: str = ""
    infra_image: str = ""
    infra_command: tuple[str, ...] = ()
    infra_conmon_pid_file: str = ""
    """Path of the host's file that has the pid of the infra container's monitor since each start."""

    network: NetworkMode = NetworkMode(kind="")
    ports: tuple[PortMapping, ...] = ()
    port_names: Mapping[str, int] = {}
    """Ports of the members by NAME/PROTOCOL, for services that lead to a port by its name."""
    extra_hosts: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    dns_exact: bool = False
    """Write only `dns`, `dns_search` and `dns_options` into resolv.conf; nothing is taken from the host's file."""
    no_hosts: bool | None = None
    base_hosts: str = ""
    no_hostname: bool = False

    pid_mode: NamespaceMode = NamespaceMode()
    ipc_mode: NamespaceMode = NamespaceMode()
    uts_mode: NamespaceMode = NamespaceMode()
    user_mode: NamespaceMode = NamespaceMode()
    id_map: IdMap = IdMap()

    volumes: tuple[PodVolume, ...] = ()
    """Volumes that belong to the pod; the members' mounts of kind "pod" name them."""
    owner: PodOwner | None = None
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    shm_size_bytes: int | None = None
    systemd_size_bytes: int | None = None
    """Of members that run systemd and say nothing (`ContainerSpec`)."""
    resources: Resources = Resources()
    """Limits for the sum of all members."""
    cgroup_parent: str = ""
    sysctls: Mapping[str, str] = {}
    security: Security = Security()
    restart: RestartPolicy | None = None
    oci_runtime: str = ""
