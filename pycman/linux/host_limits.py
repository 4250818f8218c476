"""Limits of this host and this process: capabilities, resource limits, OOM score, namespaces, memory, security modules (proc(5))."""

from __future__ import annotations

import os

from pycman.linux.files import read_text

_UNLIMITED = (1 << 64) - 1
_LIMIT_NAMES = {"Max open files": "nofile", "Max processes": "nproc"}


def bounding_mask() -> int:
    """Return this process's capability bounding set (capabilities(7)) as a mask."""
    return int(read_text("/proc/self/status").partition("CapBnd:")[2].split(None, 1)[0], 16)


def own_oom_score_adj() -> int:
    """Return this process's OOM score adjustment, the least that a child can have without CAP_SYS_RESOURCE."""
    return int(read_text("/proc/self/oom_score_adj", "0") or 0)


def hard_limits() -> dict[str, int]:
    """Return the hard limits of "nofile" and "nproc" of this process; 2^64 - 1 is unlimited (getrlimit(2))."""
    limits = {}
    for line in read_text("/proc/self/limits").splitlines():
        name = _LIMIT_NAMES.get(line[:26].rstrip())
        if name:
            hard = line[26:].split()[1]
            limits[name] = _UNLIMITED if hard == "unlimited" else int(hard)
    return limits


def user_namespace_limit() -> int:
    """Return how many user namespaces the kernel's settings allow (namespaces(7))."""
    return int(read_text("/proc/sys/user/max_user_namespaces", "0").strip() or 0)


def has_closed_user_namespaces() -> bool:
    """Say whether unprivileged users may not create user namespaces (a setting of Debian's kernels)."""
    return read_text("/proc/sys/kernel/unprivileged_userns_clone", "1").strip() == "0"


def memory_info() -> dict[str, int]:
    """Return the amounts in /proc/meminfo in bytes, by name ("MemTotal", "SwapFree", …)."""
    pairs = (line.partition(":") for line in read_text("/proc/meminfo").splitlines())
    return {name: int(value.split()[0]) * 1024 for name, _, value in pairs if value.endswith(" kB")}


def cpu_shares() -> dict[str, float]:
    """Return how the processors spent their time since boot, in percent: User (nice counted), System and Idle (proc_stat(5))."""
    numbers = [int(number) for number in read_text("/proc/stat").partition("\n")[0].split()[1:]]
    total = sum(numbers[:8])
    if not total:
        return {"User": 0.0, "System": 0.0, "Idle": 0.0}
    user, nice, system, idle = numbers[:4]
    return {
        name: round(100 * part / total, 2) for name, part in (("User", user + nice), ("System", system), ("Idle", idle))
    }


def uptime_s() -> int:
    """Return the full seconds since boot."""
    return int(float(read_text("/proc/uptime", "0").split()[0]))


def has_seccomp() -> bool:
    """Say whether this kernel has seccomp."""
    return "Seccomp:" in read_text("/proc/self/status")


def has_selinux() -> bool:
    """Say whether SELinux confines processes here."""
    return os.path.exists("/sys/fs/selinux/enforce")


def has_huge_pages(size_bytes: int) -> bool:
    """Say whether this kernel has huge pages of that size."""
    return os.path.isdir(f"/sys/kernel/mm/hugepages/hugepages-{size_bytes >> 10}kB")


def has_apparmor() -> bool:
    """Say whether AppArmor confines processes here."""
    return read_text("/sys/module/apparmor/parameters/enabled").startswith("Y")
