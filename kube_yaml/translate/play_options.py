"""The options of a play beside its YAML: the flags of `kube play` as values."""

from __future__ import annotations

from pycman.record import Record
from pycman.spec.container import LogConfig, NamespaceMode
from pycman.spec.network_attachment import NetworkMode
from pycman.spec.port import PortMapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SECCOMP_ROOT = "/var/lib/kubelet/seccomp"


class PlayOptions(Record):
    """Options of a play. `ips` and `macs`: the nth is for the nth pod. `runtimes`: OCI runtimes by name of a RuntimeClass."""

    name: str = ""
    """The name of the play, for `kube down`; "" takes that of the first file."""
    start: bool = True
    replace_pods: bool = False
    annotations: Mapping[str, str] = {}
    network: NetworkMode | None = None
    ips: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    log: LogConfig = LogConfig()
    no_hosts: bool | None = None
    no_hostname: bool = False
    no_pod_prefix: bool = False
    publish: tuple[PortMapping, ...] = ()
    publish_all: bool = False
    seccomp_profile_root: str = SECCOMP_ROOT
    user_mode: NamespaceMode | None = None
    runtimes: Mapping[str, str] = {}
    registry: Mapping[str, Any] = {}
    """How to connect to registries: fields of `pycman.images.transfer.registry_access.RegistryOptions`."""
    validate: str = ""
    quiet: bool = False
    run_cron_jobs: bool = False
    always_new: bool = False
    """Pods that are there already are an error, or with `replace_pods` made anew, also if they have not changed (podman)."""
    tmpfs: bool = False
    """Containers have /run, /tmp and /var/tmp in memory, writable also where their root is read-only (podman)."""
    service_container: str = ""
    """Name of the service container to make for the pods, "" for none."""
    service_exit: str = "none"
    """Whether its status tells of failed containers: none, any, all."""
    build: bool | None = None
    """Whether images are built of directories that have their names; None: those that the store lacks."""
    context_dir: str = ""
    """Where these directories are; "" is the working directory."""
