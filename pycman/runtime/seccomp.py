"""Convert seccomp profiles from docker's form (archMap, includes, excludes) to the runtime spec's (config-linux.md, "Seccomp")."""

from __future__ import annotations

import errno

from pycman.errors import Corrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_GO_ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm", "i686": "x86", "ppc64le": "ppc64le",
              "s390x": "s390x", "riscv64": "riscv64", "mips64": "mips64"}  # fmt: skip
_SECCOMP_ARCHES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64", "armv7l": "SCMP_ARCH_ARM",
                   "i686": "SCMP_ARCH_X86", "ppc64le": "SCMP_ARCH_PPC64LE", "s390x": "SCMP_ARCH_S390X",
                   "riscv64": "SCMP_ARCH_RISCV64"}  # fmt: skip


_ACTIONS = frozenset(
    f"SCMP_ACT_{name}"
    for name in ("KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "TRACE", "ALLOW", "LOG", "NOTIFY")
)
_WITH_ERROR = ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE")


def convert_seccomp(
    profile: Any, *, machine: str, capabilities: Sequence[str], kernel: tuple[int, int], path: str = "the profile"
) -> dict[str, Any]:
    """Return the "linux.seccomp" object for a machine (uname -m), a capability set and a kernel version.

    Raises Corrupt if `profile`, which was read from `path`, is no profile.
    """
    try:
        return _convert(profile, machine, capabilities, kernel)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f" ({error})" if type(error) is ValueError else ""
        raise Corrupt(f"not a seccomp profile{what}", subject=path, hint="see seccomp.json(5)") from None


def _convert(
    profile: Mapping[str, Any], machine: str, capabilities: Sequence[str], kernel: tuple[int, int]
) -> dict[str, Any]:
    converted: dict[str, Any] = {"defaultAction": _action(profile["defaultAction"])}
    error = _error(profile, "defaultErrno")
    if error is not None:
        converted["defaultErrnoRet"] = error
    native = _SECCOMP_ARCHES.get(machine, "")
    arches = list(profile.get("architectures") or ())
    for entry in profile.get("archMap") or ():
        if entry.get("architecture") == native:
            arches += [native, *(entry.get("subArchitectures") or ())]
    if arches or native:
        converted["architectures"] = arches or [native]
    for name in ("flags", "listenerPath", "listenerMetadata"):
        if profile.get(name):
            converted[name] = profile[name]
    granted = frozenset(capabilities)
    arch = _GO_ARCHES.get(machine, machine)
    rules = [rule for rule in profile.get("syscalls") or () if _applies(rule, arch, granted, kernel)]
    converted["syscalls"] = [_rule(rule) for rule in rules]
    return converted


def _applies(rule: Mapping[str, Any], arch: str, granted: frozenset[str], kernel: tuple[int, int]) -> bool:
    includes = rule.get("includes") or {}
    excludes = rule.get("excludes") or {}
    if includes.get("arches") and arch not in includes["arches"]:
        return False
    if includes.get("caps") and not granted.issuperset(includes["caps"]):
        return False
    if includes.get("minKernel") and _version(includes["minKernel"]) > kernel:
        return False
    if arch in (excludes.get("arches") or ()) or not granted.isdisjoint(excludes.get("caps") or ()):
        return False
    return not (excludes.get("minKernel") and _version(excludes["minKernel"]) <= kernel)


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major or 0), int(minor.partition(".")[0] or 0)


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    names = rule.get("names") or [rule["name"]]
    if not all(isinstance(name, str) for name in names):
        raise TypeError("names of system calls are text")
    converted: dict[str, Any] = {"names": names, "action": _action(rule["action"])}
    error = _error(rule, "errno")
    if error is not None and rule["action"] in _WITH_ERROR:
        converted["errnoRet"] = error
    if rule.get("args"):
        converted["args"] = rule["args"]
    return converted


def _action(name: str) -> str:
    if name not in _ACTIONS:
        raise ValueError(f"{str(name)[:40]!r} is no action")
    return name


def _error(part: Mapping[str, Any], key: str) -> int | None:
    """Return the number of the error `key` ("EPERM" or "1"), which wins, else that of `key`Ret; None for neither."""
    name = str(part.get(key) or "")
    if not name:
        number = part.get(f"{key}Ret")
        return None if number is None else int(number)
    return int(name) if name.isascii() and name.isdigit() else int(getattr(errno, name))
