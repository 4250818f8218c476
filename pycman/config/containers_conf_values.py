"""Check the values of containers.conf when it is parsed: a wrong one is an error that names file, line and key."""

from __future__ import annotations

import _socket

from pycman.config.toml_file import wrong_value
from pycman.errors import InvalidInput
from pycman.spec.mount import is_cdi_name
from pycman.spec.mount_text import parse_device, parse_mount_fields, parse_volume
from pycman.spec.resources import parse_size, parse_ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PAIRS = ("env", "engine_env", "conmon_env_vars", "cgroup_conf", "annotations", "default_sysctls")
_ADDRESSES = ("dns_servers", "default_host_ips")
_ONE_OF = {
    "cgroup_manager": ("", "systemd", "cgroupfs"),
    "cgroups": ("", "enabled", "disabled", "no-conmon", "split"),
    "compression_format": ("", "gzip", "zstd", "zstd:chunked"),
    "default_rootless_network_cmd": ("", "slirp4netns", "pasta"),
    "events_logger": ("", "file", "journald", "none"),
    "image_default_format": ("", "oci", "docker", "v2s2"),
    "image_volume_mode": ("", "anonymous", "bind", "tmpfs", "ignore"),
    "interface_name": ("", "device"),
    "kube_generate_type": ("pod", "deployment", "daemonset", "job"),
    "log_driver": ("", "k8s-file", "json-file", "journald", "none", "passthrough"),
    "pod_exit_policy": ("continue", "stop"),
    "pull_policy": ("always", "missing", "never", "newer"),
}
_KINDS = {
    "cgroupns": ("", "private", "host"),
    "ipcns": ("", "private", "shareable", "none", "host"),
    "netns": ("", "private", "bridge", "host", "none", "ns", "slirp4netns", "pasta"),
    "pidns": ("", "private", "host"),
    "userns": ("", "private", "host", "auto", "keep-id", "nomap"),
    "utsns": ("", "private", "host"),
}
"""Allowed values before the first colon."""
_LEAST = {
    "pids_limit": -1,
    "log_size_max": -1,
    "events_logfile_max_size": 0,
    "stop_timeout": 0,
    "image_parallel_copies": 0,
    "retry": 0,
}


def check_value(path: str, key: str, field: str, value: Any) -> list[str]:
    """Return the warnings for a value. Raises InvalidInput for a value that is not allowed."""
    if value in ("", ()):
        return []
    if field in _PAIRS:
        _check_pairs(path, key, value)
    elif field in _ADDRESSES:
        _check_addresses(path, key, value)
    elif field in _PARSERS:
        for item in (value,) if isinstance(value, str) else value:
            _check_parsed(path, key, item, _PARSERS[field])
    elif field in _LEAST and value < _LEAST[field]:
        raise wrong_value(path, key, f"is {value}; it must not be less than {_LEAST[field]}")
    elif field == "oom_score_adj" and not -1000 <= value <= 1000:
        raise wrong_value(path, key, f"is {value}; it goes from -1000 to 1000")
    _check_choice(path, key, field, value)
    return []


def _check_choice(path: str, key: str, field: str, value: Any) -> None:
    allowed = _ONE_OF.get(field)
    if allowed is not None and value not in allowed:
        raise wrong_value(path, key, f"is {value}; it may be {_listed(allowed)}")
    kinds = _KINDS.get(field)
    if kinds is not None and value.partition(":")[0] not in kinds:
        raise wrong_value(path, key, f"is {value}; it may be {_listed(kinds)}")


def _listed(allowed: tuple[str, ...]) -> str:
    return ", ".join(filter(None, allowed))


def _check_pairs(path: str, key: str, value: tuple[str, ...]) -> None:
    for item in value:
        if not item.partition("=")[0] or "=" not in item:
            raise wrong_value(path, key, f"has {item!r}, which is not NAME=VALUE")


def _check_addresses(path: str, key: str, value: tuple[str, ...]) -> None:
    for item in value:
        if not _is_address(item):
            raise wrong_value(path, key, f"has {item!r}, which is not an address")


def _is_address(text: str) -> bool:
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False


def _check_parsed(path: str, key: str, text: str, parse: Callable[[str], object]) -> None:
    try:
        parse(text)
    except InvalidInput as error:
        raise wrong_value(path, key, f"has {text!r}: {error.problem}") from error


def _umask(text: str) -> None:
    if len(text) > 4 or not set(text) <= set("01234567"):
        raise InvalidInput("not an octal number")


def _absolute_or(*keywords: str) -> Callable[[str], None]:
    def check(text: str) -> None:
        if text not in keywords and not text.startswith("/"):
            raise InvalidInput(
                f"neither an absolute path nor {' or '.join(keywords)}" if keywords else "not an absolute path"
            )

    return check


def _host_address(text: str) -> None:
    if text != "none" and not _is_address(text):
        raise InvalidInput("neither an address nor none")


def _time_zone(text: str) -> None:
    if text.startswith("/") or ".." in text.split("/"):
        raise InvalidInput("not the name of a time zone")


_PARSERS: dict[str, Callable[[str], object]] = {
    "base_hosts_file": _absolute_or("none", "image"),
    "default_ulimits": parse_ulimit,
    "devices": lambda text: None if is_cdi_name(text) else parse_device(text, "devices"),
    "host_containers_internal_ip": _host_address,
    "init_path": _absolute_or(),
    "mounts": lambda text: parse_mount_fields(text.split(","), text),
    "network_cmd_path": _absolute_or(),
    "seccomp_profile": _absolute_or("unconfined"),
    "shm_size": lambda text: parse_size(text, "shm_size"),
    "tz": _time_zone,
    "umask": _umask,
    "volumes": lambda text: parse_volume(text, "volumes"),
}
