"""The control groups of this host: v1, v2 or both, their controllers, and those delegated to a user (cgroups(7))."""

from __future__ import annotations

import os

from pycman.linux.files import read_text
from pycman.record import Record
from pycman.spec.cgroup_names import manager_root

CGROUP_ROOT = "/sys/fs/cgroup"


class CgroupSetup(Record):
    """The cgroup hierarchies of the host: `kind` is v1, v2, hybrid (controllers on both) or none (nothing mounted)."""

    kind: str = "none"
    controllers: tuple[str, ...] = ()
    """Controllers with which limits can be set: those of v1, or those of v2."""
    stray: tuple[str, ...] = ()
    """Controllers left on v2 while others are on v1."""


def cgroup_setup() -> CgroupSetup:
    """Return the hierarchies mounted below /sys/fs/cgroup."""
    unified = f"{CGROUP_ROOT}/cgroup.controllers"
    if os.path.exists(unified):
        return CgroupSetup(kind="v2", controllers=tuple(read_text(unified).split()))
    if not os.path.isdir(CGROUP_ROOT):
        return CgroupSetup()
    mounted = sorted(name for name in os.listdir(CGROUP_ROOT) if os.path.exists(f"{CGROUP_ROOT}/{name}/tasks"))
    stray = tuple(read_text(f"{CGROUP_ROOT}/unified/cgroup.controllers").split())
    kind = "none" if not mounted else "hybrid" if stray else "v1"
    return CgroupSetup(kind=kind, controllers=tuple(mounted), stray=stray)


def has_v1_memory() -> bool:
    """Say whether the memory controller is on v1."""
    return os.path.isdir(f"{CGROUP_ROOT}/memory")


def has_v1_file(controller: str, name: str) -> bool:
    """Say whether a v1 controller is mounted and has a file; "" is any (the root group has no file for some limits)."""
    return os.path.exists(f"{CGROUP_ROOT}/{controller}/{name or 'tasks'}")


def cgroup_key() -> list[str]:
    """Return a key that changes when controllers move between hierarchies, for caches of host facts; read by every command."""
    try:
        mounted = sorted(os.listdir(CGROUP_ROOT)) if not os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers") else ["v2"]
    except OSError:
        mounted = []
    return [*mounted, read_text(f"{CGROUP_ROOT}/unified/cgroup.controllers"), own_group()]


def own_group(controller: str = "") -> str:
    """Return this process's cgroup in the hierarchy of a v1 controller, or of v2 for ""; "" if it has none."""
    return group_of("self", controller)


def group_of(pid: int | str, controller: str = "") -> str:
    """Return the cgroup of a process as `own_group` does; "" also if there is no such process."""
    for line in read_text(f"/proc/{pid}/cgroup").splitlines():
        _, names, path = (*line.split(":", 2), "", "")[:3]
        if controller in names.split(","):
            return path
    return ""


def delegated_controllers(uid: int) -> tuple[str, ...]:
    """Return the v2 controllers that systemd lets the user `uid` use through the user's own manager; () for none."""
    return group_controllers(manager_root(uid, rootless=True))


def group_controllers(group: str) -> tuple[str, ...]:
    """Return the controllers that a v2 cgroup may hand on to those below it."""
    return tuple(read_text(f"{CGROUP_ROOT}{group}/cgroup.controllers").split())
