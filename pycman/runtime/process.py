"""The "process" object of a runtime spec (config.md, "Process"). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput, Unsupported
from pycman.record import Record
from pycman.runtime.defaults import DEFAULT_CAPABILITIES, choose_capabilities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.runtime.bundle_input import HostFacts
    from pycman.spec.container import ContainerSpec, Security

_HIGHEST_ID = 2**31 - 1
"""docker's and runc's bound."""
_DEFAULT_CEILING = 1_048_576
"""podman's default for nofile and nproc; with a higher one, programs that close all possible descriptors get slow."""


class ProcessInput(Record):
    """The values of one process object: a container's first process, or one of `exec`.

    `argv`, `env`, `cwd` and the ids are the process's own; limits, capabilities and confinement are those of the container's `spec`.
    `privileged` gives it all capabilities even if the container has fewer; `console_size` is (rows, columns), 0 for unknown.
    """

    spec: ContainerSpec
    host: HostFacts
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    uid: int
    gid: int
    extra_gids: tuple[int, ...] = ()
    terminal: bool = False
    privileged: bool = False
    console_size: tuple[int, int] = (0, 0)


def process_object(inputs: ProcessInput) -> dict[str, Any]:
    """Return the process: command, user, environment, capabilities, limits, terminal."""
    spec = inputs.spec
    names = capabilities_of(spec.security, inputs.host, privileged=inputs.privileged)
    process: dict[str, Any] = {
        "terminal": inputs.terminal,
        "user": user_object(inputs.uid, inputs.gid, inputs.extra_gids, spec.umask),
        "args": list(inputs.argv),
        "env": [f"{name}={value}" for name, value in inputs.env.items()],
        "cwd": inputs.cwd,
        "noNewPrivileges": spec.security.no_new_privileges,
        "capabilities": capabilities_object(names, inputs.uid, spec.security),
        "rlimits": _rlimits(spec, inputs.host),
    }
    if inputs.terminal and all(inputs.console_size):
        process["consoleSize"] = {"height": inputs.console_size[0], "width": inputs.console_size[1]}
    adjust = _oom_score_adj(spec, inputs.host)
    if adjust is not None:
        process["oomScoreAdj"] = adjust
    check_apparmor(spec.security.apparmor_profile, inputs.host)
    if spec.security.apparmor_profile and inputs.host.apparmor:
        process["apparmorProfile"] = spec.security.apparmor_profile
    if spec.security.process_label and inputs.host.selinux:
        process["selinuxLabel"] = spec.security.process_label
    return process


def check_apparmor(profile: str, host: HostFacts) -> None:
    """Raise Unsupported for a profile on a host without AppArmor: the container would run unconfined."""
    if profile not in ("", "unconfined") and not host.apparmor:
        raise Unsupported("this host has no AppArmor", subject=f"apparmor={profile}", hint="leave it out")


def user_object(uid: int, gid: int, extra_gids: tuple[int, ...], umask: str = "") -> dict[str, Any]:
    """Return the "user" object; `umask` is octal text, 0022 by default.

    The first group is among the additional ones: else a process loses it by running a program that sets another (set-group-id),
    and with it what a file's mode denies to that group alone (CVE-2022-2989, CVE-2022-36109).
    Raises InvalidInput for an id out of range: to the kernel 4294967295 is "no change", which would leave the process root (setresuid(2)).
    """
    for number in (uid, gid, *extra_gids):
        if not 0 <= number <= _HIGHEST_ID:
            raise InvalidInput(f"user and group ids must be from 0 to {_HIGHEST_ID}", subject=str(number))
    groups = list(dict.fromkeys((gid, *extra_gids)))
    user: dict[str, Any] = {"uid": uid, "gid": gid, "umask": int(umask or "0022", 8), "additionalGids": groups}
    return user


def capabilities_of(security: Security, host: HostFacts, *, privileged: bool = False) -> tuple[str, ...]:
    """Return the bounding capabilities of a container; a process in it that was started `privileged` has all that there are."""
    return choose_capabilities(
        security.cap_add,
        () if privileged else security.cap_drop,
        bounding=host.bounding,
        privileged=bool(security.privileged or privileged),
        base=base_capabilities(host),
    )


def base_capabilities(host: HostFacts) -> tuple[str, ...]:
    """Return the capabilities a container has unless it adds or drops some: those of containers.conf, else podman's."""
    return DEFAULT_CAPABILITIES if host.default_capabilities is None else host.default_capabilities


def capabilities_object(names: tuple[str, ...], uid: int, security: Security) -> dict[str, list[str]]:
    """Return the five sets: effective and permitted are all of `names` for root, only the ambient ones for other users.

    The ambient set is the one in `security`; if that is None, then for users other than root the capabilities added by
    name (as podman does).
    """
    bounding = list(names)
    added = security.cap_ambient if security.cap_ambient is not None else security.cap_add if uid else ()
    requested = {("CAP_" + name.upper().removeprefix("CAP_")) for name in added} - {"CAP_ALL"}
    ambient = [name for name in names if name in requested]
    effective = ambient if uid else bounding
    return {
        "bounding": bounding,
        "effective": effective,
        "permitted": effective,
        "inheritable": ambient,
        "ambient": ambient,
    }


def _rlimits(spec: ContainerSpec, host: HostFacts) -> list[dict[str, Any]]:
    """Return the requested limits, and podman's defaults for open files and processes, which are at most the present hard
    limit (exceeding it needs CAP_SYS_RESOURCE). With `--ulimit host` this process's own limits are inherited.
    """
    asked = {limit.name: (_unlimited(limit.soft), _unlimited(limit.hard)) for limit in spec.ulimits}
    if "host" not in asked:
        for name, hard in host.hard_limits.items():
            ceiling = min(hard, _DEFAULT_CEILING)
            asked.setdefault(name, (ceiling, ceiling))
    asked.pop("host", None)
    return [
        {"type": f"RLIMIT_{name.upper()}", "soft": soft, "hard": hard} for name, (soft, hard) in sorted(asked.items())
    ]


def _unlimited(value: int) -> int:
    return 0xFFFF_FFFF_FFFF_FFFF if value < 0 else value


def _oom_score_adj(spec: ContainerSpec, host: HostFacts) -> int | None:
    """Return the requested score; rootless at least that of this process, because the kernel refuses a lower one."""
    requested = spec.oom_score_adj
    if requested is None:
        return None
    return max(requested, host.own_oom_score_adj) if host.rootless else requested
