"""Everything that a bundle's config.json is built from, as values: gathered by the containers room, read by pure code here."""

from __future__ import annotations

from pycman.record import Record
from pycman.spec.container import ContainerSpec
from pycman.spec.id_map import IdMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

INIT_PATH = "/dev/init"
"""Where the init of --init is bound; docker has /sbin/docker-init, podman /run/podman-init."""


class RuntimeMount(Record):
    """One mount for the runtime: `kind` bind, tmpfs, …; `options` are mount(8) words."""

    kind: str
    source: str
    target: str
    options: tuple[str, ...] = ()


class HostDevice(Record):
    """A device node as found on the host: `kind` c or b, its numbers, mode and owner."""

    path: str
    host_path: str
    kind: str
    major: int
    minor: int
    mode: int
    uid: int
    gid: int
    permissions: str = "rwm"


class HostFacts(Record):
    """What this host can do. `cgroups` is v1, v2 or none (no limits possible here); `cgroup_manager` who makes them:
    cgroupfs, systemd or disabled. `hard_limits`: rlimit name ("nofile") → present hard limit.
    """

    rootless: bool
    cgroups: str
    cgroup_manager: str = "cgroupfs"
    controllers: tuple[str, ...] = ()
    bounding: tuple[str, ...] = ()
    hard_limits: Mapping[str, int] = {}
    own_oom_score_adj: int = 0
    default_capabilities: tuple[str, ...] | None = None
    """Those of containers.conf, which may be none at all; None is that it names none."""
    seccomp_profile: str = ""
    """The default profile of containers.conf: a path, or unconfined; "" is that it names none."""
    apparmor: bool = False
    device_numbers: Mapping[str, str] = {}
    """Block devices named in limits: path → "MAJOR:MINOR"."""


class BundleInput(Record):
    """All a runtime spec is made of. `namespaces`: type → "" for a new one or a path to join; others are the host's."""

    spec: ContainerSpec
    container_id: str
    rootfs_path: str
    mounts: tuple[RuntimeMount, ...]
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    uid: int
    gid: int
    extra_gids: tuple[int, ...]
    available_ids: int = 1
    """How many ids from 0 on there are where the engine works."""
    hostname: str
    namespaces: Mapping[str, str]
    id_map: IdMap
    cgroup_path: str
    host: HostFacts
    devices: tuple[HostDevice, ...] = ()
    annotations: Mapping[str, str] = {}
    """Of the engine's own, for the runtime."""
    hooks: Mapping[str, tuple[Any, ...]] = {}
    """By when they run (runtime-spec, config.md, "POSIX-platform Hooks")."""
