"""The values that a bundle's config.json is built from: gathered by pycman/containers/bundle, read by spec_builder.py."""

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
    """One mount for the runtime: `kind` is bind, tmpfs, …; `options` are those of mount(8)."""

    kind: str
    source: str
    target: str
    options: tuple[str, ...] = ()


class HostDevice(Record):
    """A device node of the host: `kind` c (character) or b (block), its numbers, mode and owner."""

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
    """What this host can do. `cgroups` is v1, v2 or none (limits cannot be enforced); `cgroup_manager` is cgroupfs, systemd
    or disabled. `hard_limits`: rlimit name ("nofile") → present hard limit. `bounding`: the capability bounding set.
    """

    rootless: bool
    cgroups: str
    cgroup_manager: str = "cgroupfs"
    manager_why: str = ""
    """A clause that says why it is this manager."""
    controllers: tuple[str, ...] = ()
    bounding: tuple[str, ...] = ()
    hard_limits: Mapping[str, int] = {}
    own_oom_score_adj: int = 0
    default_capabilities: tuple[str, ...] | None = None
    """default_capabilities of containers.conf, possibly an empty list; None if the file does not set it."""
    seccomp_profile: str = ""
    """seccomp_profile of containers.conf: a path, or unconfined; "" if the file does not set it."""
    apparmor: bool = False
    selinux: bool = False
    device_numbers: Mapping[str, str] = {}
    """Block devices named in limits: path → "MAJOR:MINOR"."""


class BundleInput(Record):
    """All a runtime spec is made of. `namespaces`: type → "" for a new one, or the path of one to join; a type that is not
    in it is the host's.
    """

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
    """How many ids, from 0 on, are mapped in the user namespace the engine works in."""
    hostname: str
    namespaces: Mapping[str, str]
    id_map: IdMap
    cgroup_path: str
    """The container's "cgroupsPath": a path, or for systemd "SLICE:PREFIX:NAME" (crun(1))."""
    host: HostFacts
    devices: tuple[HostDevice, ...] = ()
    annotations: Mapping[str, str] = {}
    """Annotations the engine adds to the user's, for the runtime."""
    hooks: Mapping[str, tuple[Any, ...]] = {}
    """Stage ("prestart", "poststop", …) → hooks (runtime-spec, config.md, "POSIX-platform Hooks")."""
