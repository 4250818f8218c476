"""Build a ContainerSpec from the flags of `run` and `create`."""

from __future__ import annotations

import os

from cli.specs.health import ON_FAILURE, health_check, health_log, startup_check
from cli.specs.logs import log_config
from cli.specs.namespaces import parse_id_map, parse_namespace, parse_security
from cli.specs.networks import check_add_host, check_address, parse_expose, parse_networks, parse_port
from cli.specs.pairs import parse_env, parse_labels, parse_pairs, parse_sysctls, split_command
from cli.specs.refused import refuse
from cli.specs.resources import parse_resources
from cli.specs.sizes import is_count, optional_size, parse_number
from cli.specs.together import OF_CONTAINERS, check_together
from pycman.errors import InvalidInput, NotFound, Unsupported
from pycman.spec.annotations import KEEP_GROUPS, steers_runtime
from pycman.spec.container import ContainerSpec, Security
from pycman.spec.health import RestartPolicy
from pycman.spec.resources import parse_ulimit

UNIT_VARIABLE = "PODMAN_SYSTEMD_UNIT"
"""systemd sets it in units that were written for podman: %n, the name of the unit."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call

_MOUNT_FLAGS = frozenset(("volume", "volume-driver", "mount", "tmpfs", "secret", "device", "gpus"))


def _groups_of_annotation(call: Call) -> tuple[str, ...]:
    """Return what crun's annotation asks for, which programs give in place of `--group-add keep-groups` (distrobox)."""
    return ("keep-groups",) if parse_labels(call.values("annotation")).get(KEEP_GROUPS) == "1" else ()


def _annotations(call: Call) -> dict[str, str]:
    """Return --annotation. Raises InvalidInput for one by which the runtime would be steered past the engine."""
    found = parse_labels(call.values("annotation"), flag="--annotation")
    if found.get(KEEP_GROUPS) == "1":
        del found[KEEP_GROUPS]  # _groups_of_annotation does it
    for key in found:
        if steers_runtime(key):
            raise InvalidInput(
                "the OCI runtime is not steered by annotations",
                subject=f"--annotation {key}",
                hint="use the flag that asks for the same",
            )
    return found


def _published(call: Call) -> dict[str, Any]:
    """Return -p and -P; podman warns and leaves them out where the network is another container's, which docker refuses."""
    ports = tuple(port for value in call.values("publish") for port in parse_port(value))
    every = call.flag("publish-all")
    joins = any(value.startswith("container:") for value in call.values("network"))
    if joins and (ports or every) and call.habits.ports_are_discarded:
        call.warn("published ports are discarded with --network=container")
        return {}
    return {"publish_all": every, "ports": ports}


def container_spec(call: Call) -> ContainerSpec:
    """Return the spec that a command line of `run` or `create` asks for. Raises InvalidInput naming the flag."""
    image, *command = call.arguments
    refuse(call)
    check_together(call, OF_CONTAINERS)
    if call.flag("rmi") and not call.flag("rm", True):
        raise InvalidInput(
            "--rmi removes the container too", subject="--rmi", hint="leave out --rm=false", code="rmi-without-rm"
        )
    if call.flag("rm") and call.given("restart") and call.string("restart") not in ("", "no"):
        raise InvalidInput("--rm and --restart cannot be used together", subject="--restart", hint="leave one out")
    entrypoint = tuple(split_command(call.string("entrypoint"))) if call.given("entrypoint") else None
    values: dict[str, Any] = {
        "command": tuple(command),
        "entrypoint": entrypoint,
        **({"image": image} if not call.flag("rootfs") else _rootfs(image)),
        "name": call.string("name").removeprefix("/"),  # docker's names begin with it
        "env": _env(call),
        "env_merge": parse_pairs(call.values("env-merge"), "--env-merge"),
        "unset_env": tuple(call.values("unsetenv")),
        "unset_env_all": call.flag("unsetenv-all"),
        "http_proxy": said(call, "http-proxy"),
        "env_host": False if call.given("env-host") else None,  # else `_env` has them all already
        "labels": _unit_label() | parse_labels(call.values("label"), call.values("label-file")),
        "annotations": _annotations(call),
        "create_command": call.recorded(),
        "user": call.string("user"),
        "passwd": call.flag("passwd", True),
        "names_numbers": call.habits.names_numbers or call.given("passwd-entry") or call.given("group-entry"),
        "passwd_entry": call.string("passwd-entry"),
        "group_entry": call.string("group-entry"),
        "personality": _choice(call.string("personality").upper(), ("", "LINUX", "LINUX32"), "--personality"),
        "group_add": tuple(call.values("group-add")) or _groups_of_annotation(call),
        "workdir": call.string("workdir"),
        "workdir_required": bool(call.string("workdir")) and not call.habits.workdir_is_made,
        "umask": _umask(call.string("umask")),
        "timezone": call.string("tz"),
        "hostname": call.string("hostname"),
        "domainname": call.string("domainname"),
        "terminal": call.flag("tty"),
        "stdin": call.flag("interactive"),
        "init": True if call.given("init-path") else said(call, "init"),
        "init_path": call.string("init-path"),
        "stop_signal": call.string("stop-signal"),
        "timeout_s": call.number("timeout"),
        "volumes_from": tuple(call.values("volumes-from")),
        "image_volumes": _image_volumes(call.string("image-volume")),
        "shm_size_bytes": optional_size(call.string("shm-size"), "--shm-size"),
        "systemd_size_bytes": optional_size(call.string("shm-size-systemd"), "--shm-size-systemd"),
        "expose": tuple(port for value in call.values("expose") for port in parse_expose(value)),
        **_published(call),
        "extra_hosts": tuple(check_add_host(value) for value in call.values("add-host")),
        "dns": tuple(check_address(value, "--dns") for value in call.values("dns") if value != "none"),
        "dns_search": tuple(call.values("dns-search")),
        "dns_options": tuple(call.values("dns-option")),
        "no_hosts": said(call, "no-hosts"),
        "base_hosts": hosts_file(call),
        "no_hostname": call.flag("no-hostname"),
        "pid_mode": parse_namespace("pid", call.string("pid")),
        "ipc_mode": parse_namespace("ipc", call.string("ipc")),
        "uts_mode": parse_namespace("uts", call.string("uts")),
        "cgroup_mode": parse_namespace("cgroupns", call.string("cgroupns")),
        "user_mode": parse_namespace("userns", call.string("userns") or os.environ.get("PODMAN_USERNS", "")),
        "id_map": parse_id_map(call.values("uidmap"), call.values("gidmap")),
        "resources": parse_resources(call),
        "ulimits": tuple(parse_ulimit(value) for value in call.values("ulimit")),
        "sysctls": parse_sysctls(call.values("sysctl")),
        "cgroup_parent": call.string("cgroup-parent"),
        "cgroups": _choice(call.string("cgroups"), ("", "enabled", "disabled", "no-conmon", "split"), "--cgroups"),
        "security": _security(call),
        "health": health_check(call),
        "startup_health": startup_check(call),
        "health_log": health_log(call),
        "health_on_failure": _choice(call.string("health-on-failure", "none"), ON_FAILURE, "--health-on-failure"),
        "restart": parse_restart(call.string("restart")),
        "auto_remove": call.flag("rm") or call.flag("rmi"),  # an image cannot go before its container
        "auto_remove_image": call.flag("rmi"),
        "id_file": path_of(call, "cidfile") if call.habits.id_file_is_kept else "",
        "pid_file": path_of(call, "pidfile"),
        "conmon_pid_file": path_of(call, "conmon-pidfile"),
        "host_users": tuple(call.values("hostuser")),
        "systemd": _systemd(call),
        "requires": tuple(call.values("requires")),
        "log": log_config(call),
        "sdnotify": _sdnotify(call),
        "sdnotify_socket": "" if call.string("sdnotify") == "ignore" else os.environ.get("NOTIFY_SOCKET", ""),
        "oci_runtime": call.string("runtime"),
        "init_kind": _choice(call.string("init-ctr"), ("", "always", "once"), "--init-ctr"),
        "platform": _platform(call),
        "pull": _choice(call.string("pull"), ("", "always", "missing", "never", "newer", "true", "false"), "--pull"),
        "network": parse_networks(
            call.values("network"),
            call.values("network-alias"),
            ipv4=call.string("ip"),
            ipv6=call.string("ip6"),
            mac=call.string("mac-address"),
            alias_all=call.habits.aliases_everywhere,
        ),
    }
    if _MOUNT_FLAGS & call.flags.keys():
        from cli.specs.mounts import mounts_and_devices  # most command lines have none of these flags

        values |= mounts_and_devices(call)
    if call.given("stop-timeout"):
        values["stop_timeout_s"] = call.number("stop-timeout")
    if call.given("oom-score-adj"):
        values["oom_score_adj"] = parse_number(call.string("oom-score-adj"), "--oom-score-adj")
    values["pull"] = {"true": "always", "false": "never"}.get(values["pull"], values["pull"])
    return ContainerSpec(**values)


def _sdnotify(call: Call) -> str:
    """Return --sdnotify, "" for its default. Raises InvalidInput for another value, and for one that needs a health check."""
    mode = call.string("sdnotify")
    if mode not in ("", "container", "conmon", "healthy", "ignore"):
        raise InvalidInput(
            "must be container, conmon, healthy or ignore", subject=f"--sdnotify {mode}", hint="use one of them"
        )
    return "" if mode == "container" else mode


def path_of(call: Call, flag: str) -> str:
    """Return the absolute path that a flag names; "" if it is not given."""
    return os.path.abspath(call.string(flag)) if call.string(flag) else ""


def hosts_file(call: Call) -> str:
    """Return what /etc/hosts begins with: image, none, or the absolute path of a file. Raises NotFound."""
    value = call.string("hosts-file")
    if value in ("", "image", "none"):
        return value
    if not os.path.isfile(value):
        raise NotFound("no such file", subject=f"--hosts-file {value}", hint="use a file, image or none")
    return os.path.abspath(value)


def said(call: Call, name: str) -> bool | None:
    """Return what a switch says, None if it was not given: then containers.conf decides."""
    return call.flag(name) if call.given(name) else None


def _choice(value: str, allowed: tuple[str, ...], flag: str) -> str:
    if value not in allowed:
        raise InvalidInput(
            "not one of its values", subject=f"{flag} {value}", hint=f"use {', '.join(filter(None, allowed))}"
        )
    return value


def _rootfs(text: str) -> dict[str, Any]:
    """Return the fields for --rootfs PATH[:O]; a directory whose name ends with such an option is taken as it is."""
    path, colon, option = text.rpartition(":")
    if not colon or os.path.isdir(text):
        return {"rootfs": os.path.abspath(text)}
    if option != "O":
        raise Unsupported("not an option of a root file system", subject=f"--rootfs {text}", hint="use PATH or PATH:O")
    return {"rootfs": os.path.abspath(path), "rootfs_overlay": True}


def _systemd(call: Call) -> str:
    """Return always, true or false; without the flag what the program does. Raises InvalidInput."""
    text = call.string("systemd").lower()
    if text in ("", "always"):
        return text or call.habits.systemd
    if text not in ("true", "false"):
        raise InvalidInput("not a mode of systemd", subject=f"--systemd {text}", hint="use true, false or always")
    return text


def _image_volumes(value: str) -> str:
    allowed = ("", "anonymous", "bind", "tmpfs", "ignore")
    return {"bind": "anonymous"}.get(_choice(value, allowed, "--image-volume"), value)


def _umask(value: str) -> str:
    if value and (len(value) > 4 or not set(value) <= set("01234567")):
        raise InvalidInput("not an octal number", subject=f"--umask {value}", hint="write it as in 0022")
    return value


def _platform(call: Call) -> str:
    """Return OS/ARCH[/VARIANT] of --platform, else of --os, --arch and --variant, else of $DOCKER_DEFAULT_PLATFORM."""
    if call.string("platform") or not (call.string("arch") or call.string("os") or call.string("variant")):
        return call.string("platform") or os.environ.get("DOCKER_DEFAULT_PLATFORM", "")
    parts = (call.string("os") or "linux", call.string("arch"), call.string("variant"))
    return "/".join(part for part in parts if part)


def _env(call: Call) -> dict[str, str]:
    inherited = dict(os.environ) if call.flag("env-host") else {}
    return {**inherited, **parse_env(call.values("env"), call.values("env-file"), os.environ)}


def _unit_label() -> dict[str, str]:
    """Return the label that names the systemd unit which runs this command, by which `auto-update` restarts it."""
    unit = os.environ.get(UNIT_VARIABLE, "")
    return {UNIT_VARIABLE: unit} if unit else {}


def _security(call: Call) -> Security:
    base = Security(
        privileged=said(call, "privileged"),
        cap_add=tuple(call.values("cap-add")),
        cap_drop=tuple(call.values("cap-drop")),
        read_only=said(call, "read-only"),
        read_only_tmpfs=call.flag("read-only-tmpfs", True),
        read_only_dev=not call.flag("read-only-tmpfs", True),
    )
    return parse_security(call.values("security-opt"), base)


def parse_restart(value: str) -> RestartPolicy:
    """Parse --restart no|on-failure[:N]|always|unless-stopped. Raises InvalidInput."""
    name, colon, count = value.partition(":")
    name = "no" if name == "never" else name  # podman's other word
    if name not in ("", "no", "on-failure", "always", "unless-stopped"):
        raise InvalidInput(
            "not a restart policy",
            subject=f"--restart {value}",
            hint="use no, on-failure[:N], always or unless-stopped",
            code="not-a-restart-policy",
            facts={"policy": value},
        )
    if colon and (name != "on-failure" or not is_count(count)):
        raise InvalidInput(
            "only on-failure takes a number of retries", subject=f"--restart {value}", hint="write on-failure:N"
        )
    return RestartPolicy(name=name or "no", maximum_retries=int(count or 0))
