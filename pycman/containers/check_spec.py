"""Validate a ContainerSpec before anything is created or changed: whatever can be checked without the host, and the directory of health logs."""

from __future__ import annotations

import os

from pycman.errors import InvalidInput
from pycman.jsontext import is_utf8
from pycman.spec.container import check_name, without_marks
from pycman.spec.lines import check_host_names, check_nul, check_words, is_host_name
from pycman.spec.port import listen_addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pycman.spec.container import ContainerSpec
    from pycman.spec.health import HealthLog

_MINIMUM_MEMORY = 6 * 1024 * 1024
_C_INT, _INT64 = 1 << 31, 1 << 63
_LAST_PORT = 65535
_RESTART_NAMES = ("no", "on-failure", "always", "unless-stopped")


def check_spec(spec: ContainerSpec) -> None:
    """Raise InvalidInput if the spec contradicts itself or has a value out of its range."""
    if spec.name:
        check_name(spec.name)
    if bool(spec.image) == bool(spec.rootfs):
        raise InvalidInput("a container needs an image or a root file system", hint="name one of them")
    if spec.workdir and not spec.workdir.startswith("/"):
        raise InvalidInput("the working directory must be an absolute path", subject=spec.workdir)
    if spec.restart.name not in _RESTART_NAMES:
        raise InvalidInput(
            "not a restart policy",
            subject=spec.restart.name,
            hint="use no, on-failure[:N], always or unless-stopped",
            code="not-a-restart-policy",
            facts={"policy": spec.restart.name},
        )
    if spec.auto_remove and spec.restart.name != "no":
        raise InvalidInput(
            "--rm and --restart cannot be used together", subject=spec.restart.name, hint="leave one out"
        )
    if spec.hostname and (len(spec.hostname) > 64 or not is_host_name(spec.hostname)):
        raise InvalidInput("not a host name", subject=spec.hostname, hint="use at most 64 letters, digits, - and .")
    _check_lines(spec)
    _check_places(spec)
    if spec.stop_signal:
        check_stop_signal(spec.stop_signal, "--stop-signal")
    if "keep-groups" in spec.group_add and len(spec.group_add) > 1:
        raise InvalidInput(
            "keep-groups cannot be used with other groups",
            subject="--group-add",
            hint="leave one out",
            code="keep-groups-with-others",
        )
    if spec.hostname and spec.uts_mode.kind == "host":
        raise InvalidInput("it cannot be set in the host's UTS namespace", subject="--hostname")
    _check_limits(spec)


def check_health_log(log: HealthLog) -> None:
    """Refuse a place for outcomes of health checks that is none, and negative numbers. Raises InvalidInput."""
    for flag, number in (("count", log.max_count), ("size", log.max_size)):
        if number < 0:
            raise InvalidInput("it is negative", subject=f"--health-max-log-{flag} {number}", hint="use 0 for no limit")
    if log.destination not in ("local", "events_logger") and not (log.is_directory and os.path.isdir(log.destination)):
        raise InvalidInput(
            "there is no such directory",
            subject=f"--health-log-destination {log.destination[:80]}",
            hint="use local, events_logger or a directory",
        )


_MAY_BE_REPLACED = frozenset(
    f"/proc/{name}"
    for name in (
        "cpuinfo", "diskstats", "loadavg", "meminfo", "net/dev", "slabinfo", "stat", "swaps", "uptime",
        "sys/crypto/fips_enabled", "sys/kernel/ns_last_pid",
    )
)  # fmt: skip
"""The files that lxcfs and others give containers in place of the host's, as runc allows."""


def _check_places(spec: ContainerSpec) -> None:
    """Refuse a cgroup above its parent, and mounts below /proc, where the runtime writes labels and parameters (as runc refuses them)."""
    if ".." in spec.cgroup_parent.split("/") or not spec.cgroup_parent.isprintable():
        raise InvalidInput("not a cgroup", subject=f"--cgroup-parent {spec.cgroup_parent!r}")
    for mount in spec.mounts:
        path = os.path.normpath("/" + mount.target.lstrip("/"))
        if path.startswith("/proc/") and path not in _MAY_BE_REPLACED:
            raise InvalidInput(
                "nothing can be mounted below /proc", subject=mount.target, hint="use --security-opt mask="
            )


def check_stop_signal(text: str, subject: str) -> None:
    """Raise InvalidInput, naming `subject`, for a text that is no signal: told when it is given, not when it is needed."""
    from pycman.spec.signals import signal_number  # only imported where a stop signal is given

    try:
        signal_number(text)
    except InvalidInput as error:
        raise InvalidInput(
            error.problem, subject=f"{subject} {text}", hint=error.hint, code=error.code, facts=error.facts
        ) from None


def _check_lines(spec: ContainerSpec) -> None:
    """Refuse values that would add lines to /etc/hosts or resolv.conf, or records to the DNS server. Raises InvalidInput."""
    check_host_names([spec.domainname] if spec.domainname else [], "--domainname")
    for entry in spec.extra_hosts:
        check_words(entry.split(";"), "--add-host")
    check_words(spec.dns, "--dns")
    check_words(spec.dns_search, "--dns-search")
    check_words([word for option in spec.dns_options for word in option.split(" ")], "--dns-option")
    for port in spec.ports:
        listen_addresses(port.host_ip)
    for attachment in spec.network.attachments:
        check_host_names(attachment.aliases, "--network-alias")
    for key in spec.labels:
        if not key or not key.isprintable():
            raise InvalidInput("the key of a label has unprintable characters", subject=repr(key)[:80])
    check_nul(_without_pod_addresses(spec), "spec")
    _check_utf8(spec)


def _check_utf8(spec: ContainerSpec) -> None:
    """Refuse names that an OCI runtime or conmon cannot be told: they take UTF-8 only (pycman/runtime/runtime_json.py)."""
    targets = (mount.target for mount in spec.mounts)
    for name in (
        spec.workdir,
        spec.user,
        spec.log.path,
        spec.log.tag,
        spec.rootfs,
        spec.cgroup_parent,
        *spec.env,
        *targets,
    ):
        if not is_utf8(name):
            raise InvalidInput("it has bytes that are not UTF-8, which an OCI runtime does not take", subject=name)


def _without_pod_addresses(spec: ContainerSpec) -> ContainerSpec:
    """Return the spec without the marks for the pod's addresses, which have a NUL: they are replaced before there is a C string."""
    if not spec.pod_fields:
        return spec
    entrypoint = None if spec.entrypoint is None else tuple(without_marks(word) for word in spec.entrypoint)
    return spec.replace(
        entrypoint=entrypoint,
        command=tuple(without_marks(word) for word in spec.command),
        pod_fields={name: without_marks(value) for name, value in spec.pod_fields.items()},
    )


def _check_limits(spec: ContainerSpec) -> None:
    limits = spec.resources
    for key in limits.unified:
        if "/" in key or "." not in key.strip("."):
            raise InvalidInput("not a file of cgroup v2", subject=f"cgroup {key}", hint="write it as in memory.high")
    memory = limits.memory_bytes
    if memory and 0 < memory < _MINIMUM_MEMORY:
        raise InvalidInput("the minimum memory limit is 6MB", subject="--memory")
    swap = limits.memory_swap_bytes
    if swap and swap > 0:
        if not memory:
            raise InvalidInput("it needs --memory too", subject="--memory-swap")
        if swap < memory:
            raise InvalidInput(
                "it is the limit of memory and swap together, so it must not be less than --memory",
                subject="--memory-swap",
            )
    if limits.memory_reservation_bytes and memory and limits.memory_reservation_bytes > memory > 0:
        raise InvalidInput("it must be less than --memory", subject="--memory-reservation")
    if limits.blkio_weight is not None and limits.blkio_weight and not 10 <= limits.blkio_weight <= 1000:
        raise InvalidInput("it must be from 10 to 1000", subject="--blkio-weight")
    if spec.oom_score_adj is not None and not -1000 <= spec.oom_score_adj <= 1000:
        raise InvalidInput("it must be from -1000 to 1000", subject="--oom-score-adj")
    if spec.shm_size_bytes is not None and spec.shm_size_bytes < 0:
        raise InvalidInput("not a size", subject=f"--shm-size {spec.shm_size_bytes}", hint="write it as in 512m or 2g")
    if not 0 <= spec.timeout_s < _C_INT:
        raise InvalidInput("not a number of seconds that conmon can count", subject=f"--timeout {spec.timeout_s}")
    _check_numbers(spec)
    for limit in spec.ulimits:
        if 0 <= limit.hard < limit.soft:
            raise InvalidInput("the soft limit is above the hard limit", subject=f"--ulimit {limit.name}")


def _check_numbers(spec: ContainerSpec) -> None:
    """Refuse numbers that are larger than what the runtime, conmon or the kernel reads (int64 of runtime-spec), and ports past 65535."""
    limits = spec.resources
    rates = (
        *limits.blkio_weight_device,
        *limits.device_read_bps,
        *limits.device_write_bps,
        *limits.device_read_iops,
        *limits.device_write_iops,
    )
    numbers = {
        "memory": limits.memory_bytes,
        "memory-swap": limits.memory_swap_bytes,
        "memory-reservation": limits.memory_reservation_bytes,
        "memory-swappiness": limits.memory_swappiness,
        "cpu-shares": limits.cpu_shares,
        "cpu-period": limits.cpu_period_us,
        "cpu-quota": limits.cpu_quota_us,
        "cpu-rt-period": limits.cpu_rt_period_us,
        "cpu-rt-runtime": limits.cpu_rt_runtime_us,
        "pids-limit": limits.pids_limit,
        "shm-size": spec.shm_size_bytes,
        "log-opt max-size": spec.log.max_size_bytes,
        "stop-timeout": spec.stop_timeout_s,
        **{f"ulimit {limit.name}": max(limit.soft, limit.hard, key=abs) for limit in spec.ulimits},
        **{f"device rate of {rate.path}": rate.rate for rate in rates},
        **{f"huge pages of {size}": number for size, number in limits.huge_pages.items()},
    }
    for name, number in numbers.items():
        if number is not None and not -_INT64 <= number < _INT64:
            raise InvalidInput("the number is too large", subject=f"--{name} {str(number)[:40]}")
    for port in spec.ports:
        first, last = port.container_port, max(port.container_port, port.host_port, port.host_port_last)
        if not first > 0 or port.host_port < 0 or port.range_size < 1 or last + port.range_size - 1 > _LAST_PORT:
            raise InvalidInput("ports are from 1 to 65535", subject=f"-p {port.host_port}:{port.container_port}")
