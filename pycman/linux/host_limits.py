"""What this host and this process may do: bounding capabilities, limits, OOM score, AppArmor (proc(5))."""

from __future__ import annotations

from pycman.linux.files import read_text

_UNLIMITED = (1 << 64) - 1
_LIMIT_NAMES = {"Max open files": "nofile", "Max processes": "nproc"}


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
