"""containers.conf: the defaults of containers and engine, merged key by key from vendor, host and user (containers.conf(5)).

/usr/share/containers/containers.conf, /etc/containers/containers.conf and its .d/, the same below
$XDG_CONFIG_HOME/containers; CONTAINERS_CONF replaces them all; CONTAINERS_CONF_OVERRIDE is read last.
"""

from __future__ import annotations

import os

from pycman.errors import InvalidInput
from pycman.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class ContainersConf(Record):
    """What containers.conf says; the defaults are those of the file podman ships. Sizes are bytes, times seconds."""

    env: tuple[str, ...] = ()
    http_proxy: bool = True
    userns: str = ""
    umask: str = "0022"
    tz: str = ""
    pids_limit: int = 2048
    shm_size: str = "65536k"
    init: bool = False
    init_path: str = ""
    log_driver: str = "k8s-file"
    log_size_max: int = -1
    log_tag: str = ""
    read_only: bool = False
    no_hosts: bool = False
    label: bool = True
    seccomp_profile: str = ""
    default_capabilities: tuple[str, ...] = ()
    default_sysctls: tuple[str, ...] = ()
    default_ulimits: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    dns_searches: tuple[str, ...] = ()
    netns: str = ""
    cgroupns: str = ""
    ipcns: str = ""
    pidns: str = ""
    utsns: str = ""
    runtime: str = ""
    runtimes: Mapping[str, tuple[str, ...]] = {}
    conmon_path: tuple[str, ...] = ()
    cgroup_manager: str = ""
    stop_timeout: int = 10
    detach_keys: str = "ctrl-p,ctrl-q"
    pull_policy: str = "missing"
    image_default_format: str = ""
    image_parallel_copies: int = 0
    image_volume_mode: str = "anonymous"
    infra_image: str = ""
    helper_binaries_dir: tuple[str, ...] = ()
    retry: int = 3
    retry_delay: str = ""
    default_network: str = "podman"
    default_rootless_network_cmd: str = ""


_TABLES = ("containers", "engine", "network")


def containers_conf_files(home: str) -> list[str]:
    """Return the files to read, first to last, whether they exist or not."""
    replaced = os.environ.get("CONTAINERS_CONF", "")
    override = os.environ.get("CONTAINERS_CONF_OVERRIDE", "")
    files: list[str] = [replaced] if replaced else []
    if not replaced:
        user = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
        files.append("/usr/share/containers/containers.conf")
        folders = (
            ["/etc/containers"] if os.geteuid() == 0 and home == "/root" else ["/etc/containers", f"{user}/containers"]
        )
        for folder in folders:
            files.append(f"{folder}/containers.conf")
            files += drop_ins(f"{folder}/containers.conf.d")
    return [*files, override] if override else files


def drop_ins(folder: str) -> list[str]:
    """Return the *.conf files of a folder in order; none if there is no such folder."""
    try:
        return [f"{folder}/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".conf")]
    except OSError:
        return []


def load_containers_conf(files: list[str]) -> ContainersConf:
    """Return the merged settings. Raises InvalidInput naming the file that cannot be parsed."""
    values: dict[str, Any] = {}
    for path in files:
        document = load_toml(path)
        for table in _TABLES:
            for key, value in document.get(table, {}).items():
                if key == "runtimes":
                    known = dict(values.get("runtimes", {}))
                    values["runtimes"] = {**known, **{name: tuple(paths) for name, paths in value.items()}}
                elif key in ContainersConf._fields:
                    values[key] = tuple(value) if isinstance(value, list) else value
    return ContainersConf(**values)


def load_toml(path: str) -> dict[str, Any]:
    """Return a TOML file; {} if it does not exist. Raises InvalidInput naming file and line."""
    import tomllib  # 15 ms with what it needs; only when a cached parse is stale

    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", subject=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"not valid TOML: {error}", subject=path, hint="correct the file") from error
