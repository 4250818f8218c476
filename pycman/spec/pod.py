"""PodSpec: all that a caller can ask of a pod, whichever door it came through."""

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
"""What members of a pod can share."""


class PodVolume(Record):
    """A directory that lives as long as the pod: on disk, or `memory` (a tmpfs; `size_bytes` 0 is the kernel's half)."""

    name: str
    memory: bool = False
    size_bytes: int = 0
    mode: int = 0o777
    gid: int = -1
    """Its group, which then may write and owns what is made in it (Kubernetes' fsGroup); -1 is root's."""
    file: str = ""
    """A file in it that is there from the start, empty and for all to write."""


class PodOwner(Record):
    """The object of Kubernetes that a pod is made for, which of its pods it is, and the hash of all the pod is made of."""

    kind: str
    namespace: str
    name: str
    number: int = 0
    hash: str = ""


class PodSpec(Record):
    """What `pod create` takes. `share` names the namespaces that members have in common (of NAMESPACES).

    `infra`: a process that does nothing but hold them; without it they are pinned by files, and pid cannot be shared.
    `mounts`, `devices`, `security` and `restart` are what members have unless they ask for something else.
    """

    name: str = ""
    hostname: str = ""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    create_command: tuple[str, ...] = ()
    exit_policy: str = ""
    """What the end of the last member means: continue (the sandbox stays) or stop; "" is what containers.conf says."""
    managed_by: str = ""
    """The door that looks after the pod; "" is nobody but its user."""

    conf_defaults: bool = True
    """What is not said is taken from containers.conf."""

    share: tuple[str, ...] = ("ipc", "net", "uts")
    share_parent: bool = True
    """Members' cgroups are below the pod's, so that its limits are those of all together."""
    infra: bool = True
    pinned: bool = False
    """The infra container needs no process where pid and user namespaces are not shared: files hold the others."""
    infra_name: str = ""
    infra_image: str = ""
    infra_command: tuple[str, ...] = ()

    network: NetworkMode = NetworkMode(kind="")
    ports: tuple[PortMapping, ...] = ()
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
    user_mode: NamespaceMode = NamespaceMode()
    id_map: IdMap = IdMap()

    volumes: tuple[PodVolume, ...] = ()
    """The pod's own, which mounts of kind "pod" name."""
    owner: PodOwner | None = None
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    shm_size_bytes: int | None = None
    resources: Resources = Resources()
    """Limits of all members together."""
    cgroup_parent: str = ""
    sysctls: Mapping[str, str] = {}
    security: Security = Security()
    restart: RestartPolicy | None = None
    oci_runtime: str = ""
