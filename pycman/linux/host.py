"""What this host and this process may do: bounding capabilities, limits, OOM score, AppArmor, cgroups (proc(5), cgroups(7))."""

from __future__ import annotations

import os

from pycman.linux.files import read_text
from pycman.record import Record

CGROUP_ROOT = "/sys/fs/cgroup"
_UNLIMITED = (1 << 64) - 1
_LIMIT_NAMES = {"Max open files": "nofile", "Max processes": "nproc"}


class CgroupSetup(Record):
    """How cgroups are set up: `kind` is v1, v2, hybrid (controllers on both), or none (nothing mounted)."""

    kind: str = "none"
    controllers: tuple[str, ...] = ()
    """Those limits can be set with: the v1 ones, or those of v2."""
    stray: tuple[str, ...] = ()
    """Controllers left on v2 while others are on v1."""


def bounding_mask() -> int:
    """Return this process's capability bounding set (capabilities(7)) as a mask."""
    return int(read_text("/proc/self/status").partition("CapBnd:")[2].split(None, 1)[0], 16)


def own_oom_score_adj() -> int:
    """Return this process's OOM score adjustment; without CAP_SYS_RESOURCE a child cannot have less."""
    return int(read_text("/proc/self/oom_score_adj", "0") or 0)


def hard_limits() -> dict[str, int]:
    """Return the present hard limits of "nofile" and "nproc"; 2^64 - 1 is none (getrlimit(2))."""
    found = {}
    for line in read_text("/proc/self/limits").splitlines():
        name = _LIMIT_NAMES.get(line[:26].rstrip())
        if name:
            hard = line[26:].split()[1]
            found[name] = _UNLIMITED if hard == "unlimited" else int(hard)
    return found


def has_apparmor() -> bool:
    """Say whether AppArmor confines processes here."""
    return read_text("/sys/module/apparmor/parameters/enabled").startswith("Y")


def cgroup_key() -> list[str]:
    """Return what changes when controllers move between hierarchies, cheap enough to be asked by every command."""
    try:
        mounted = sorted(os.listdir(CGROUP_ROOT)) if not os.path.exists(f"{CGROUP_ROOT}/cgroup.controllers") else ["v2"]
    except OSError:
        mounted = []
    return [*mounted, read_text(f"{CGROUP_ROOT}/unified/cgroup.controllers"), _own_group()]


def cgroup_setup() -> CgroupSetup:
    """Look at the mounts below /sys/fs/cgroup."""
    unified = f"{CGROUP_ROOT}/cgroup.controllers"
    if os.path.exists(unified):
        return CgroupSetup(kind="v2", controllers=tuple(read_text(unified).split()))
    if not os.path.isdir(CGROUP_ROOT):
        return CgroupSetup()
    mounted = sorted(name for name in os.listdir(CGROUP_ROOT) if os.path.exists(f"{CGROUP_ROOT}/{name}/tasks"))
    stray = tuple(read_text(f"{CGROUP_ROOT}/unified/cgroup.controllers").split())
    kind = "none" if not mounted else "hybrid" if stray else "v1"
    return CgroupSetup(kind=kind, controllers=tuple(mounted), stray=stray)


def delegated_controllers(uid: int, runtime_directory: str) -> tuple[str, ...]:
    """Return the v2 controllers that systemd lets the user `uid` use through the user's own manager; () for none."""
    if not os.path.isdir("/run/systemd/system") or not os.path.exists(f"{runtime_directory}/bus"):
        return ()
    service = f"{CGROUP_ROOT}/user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers"
    return tuple(read_text(service).split())


def _own_group() -> str:
    return read_text("/proc/self/cgroup").rpartition("0::")[2].strip()
