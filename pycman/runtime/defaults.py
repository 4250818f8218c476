"""The default capabilities and the masked and read-only paths of a container (docker's and podman's). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from pycman.spec.container import Security

DEFAULT_CAPABILITIES = (
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
    "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
)  # fmt: skip
"""podman's set; docker's has CAP_AUDIT_WRITE, CAP_MKNOD and CAP_NET_RAW too."""

CAPABILITIES = (
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
    "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
)  # fmt: skip
"""In order of their numbers (linux/capability.h)."""

MASKED_PATHS = (
    "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
    "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/fs/selinux", "/sys/dev/block",
    "/sys/devices/virtual/powercap",
)  # fmt: skip
READONLY_PATHS = ("/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def capability_names(mask: int) -> tuple[str, ...]:
    """Return the names of the bits of a capability mask (capabilities(7))."""
    return tuple(name for number, name in enumerate(CAPABILITIES) if mask >> number & 1)


def choose_capabilities(
    add: tuple[str, ...], drop: tuple[str, ...], *, bounding: tuple[str, ...], privileged: bool, base: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the capabilities of a container: `base` (if `privileged`, all of the bounding set), less `drop`, with `add`; ALL
    means all of the bounding set, and added wins.

    A capability the user names is requested even outside the bounding set, so that the runtime reports it; a default one
    is left out instead. Raises InvalidInput for an unknown name.
    """
    added = tuple(full_name(name) for name in add)
    dropped = tuple(full_name(name) for name in drop)
    if "ALL" in dropped:
        chosen = set()
    elif privileged or "ALL" in added:
        chosen = set(bounding)
    else:
        chosen = {name for name in base if name in bounding}
    chosen -= {name for name in dropped if name != "ALL"}
    chosen |= {name for name in added if name != "ALL"}
    if "ALL" in added:
        chosen |= set(bounding) - set(dropped)
    return tuple(name for name in CAPABILITIES if name in chosen)


def full_name(name: str) -> str:
    """Return a capability's name as the kernel writes it (CAP_…), or ALL. Raises InvalidInput for an unknown one."""
    upper = name.upper()
    if upper in ("ALL", "CAP_ALL"):
        return "ALL"
    full = upper if upper.startswith("CAP_") else "CAP_" + upper
    if full not in CAPABILITIES:
        raise InvalidInput("no such capability", subject=name, hint="capabilities(7) lists them")
    return full


def closed_paths(security: Security, covered: Collection[str] = ()) -> dict[str, list[str]]:
    """Return "maskedPaths" and "readonlyPaths". `covered` are defaults that the container's own mounts cover.

    What a user masks by name is masked in any case: neither privileges nor `unmask` open it again.
    """
    closed: dict[str, list[str]] = {}
    if not security.privileged:
        opened = [path for paths in security.unmask for path in paths.split(":")]
        if "nested" in security.label_options:
            opened.append("/sys/fs/selinux")
        if not any(path.upper() == "ALL" for path in opened):
            for key, paths in (("maskedPaths", MASKED_PATHS), ("readonlyPaths", READONLY_PATHS)):
                closed[key] = [path for path in paths if path not in covered and not _is_opened(path, opened)]
        for key, replaced in (("maskedPaths", security.masked_paths), ("readonlyPaths", security.readonly_paths)):
            if replaced is not None:
                closed[key] = list(replaced)
    masked = [path for paths in security.mask for path in paths.split(":")]
    if masked:
        closed["maskedPaths"] = list(dict.fromkeys((*closed.get("maskedPaths", ()), *masked)))
    return closed


def _is_opened(path: str, opened: list[str]) -> bool:
    if path in opened:
        return True
    patterns = [pattern for pattern in opened if "*" in pattern or "?" in pattern or "[" in pattern]
    if not patterns:
        return False
    from fnmatch import fnmatchcase  # brings re: only for patterns (podman's unmask=/proc/*)

    return any(pattern.count("/") == path.count("/") and fnmatchcase(path, pattern) for pattern in patterns)
