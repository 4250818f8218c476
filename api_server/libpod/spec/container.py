"""The body of POST /libpod/containers/create, podman's SpecGenerator, as a ContainerSpec. Pure.

Here: what is run, as whom it is known, and how it lives. The rest is in the modules beside this one.
"""

from __future__ import annotations

from api_server.libpod.spec.health import health_values
from api_server.libpod.spec.known import CONTAINER, WITHOUT_MEANING, finish
from api_server.libpod.spec.network import network_values
from api_server.libpod.spec.resources import device_rates, resources_of, ulimits_of
from api_server.libpod.spec.security import namespace_values, security_of, user_values
from api_server.libpod.spec.storage import storage_values
from api_server.translate.fields import Fields
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.annotations import KEEP_GROUPS, steers_runtime
from pycman.spec.container import LOG_DRIVERS, ContainerSpec, LogConfig
from pycman.spec.health import RestartPolicy
from pycman.spec.mount import SecretUse
from pycman.spec.signals import signal_name, signal_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_POLICIES = ("", "no", "always", "on-failure", "unless-stopped")
_ONLY = {
    "systemd": ("", "true", "false", "always"), "sdnotifymode": ("", "container", "conmon", "ignore"), "init_container_type": ("", "always", "once"),
}  # fmt: skip
"""Names of which only some values are what the engine does."""


def container_spec(body: dict[str, Any]) -> ContainerSpec:
    """Return what a body asks for. Raises InvalidInput, Unsupported."""
    fields = Fields(body)
    if not fields.text("image") and not fields.text("rootfs"):
        raise InvalidInput("no image was named", subject="image", hint="add image to the body")
    for name, allowed in _ONLY.items():
        if fields.text(name) not in allowed:
            raise Unsupported("this value is not supported", subject=f"{name} {fields.text(name)[:40]}")
    annotations, groups = _annotations(fields)
    values: dict[str, Any] = {
        **_process(fields),
        **_life(fields),
        **storage_values(fields),
        **namespace_values(fields),
        **user_values(fields),
        **network_values(fields),
        **health_values(fields),
        "annotations": annotations,
        "security": security_of(fields),
        "resources": resources_of(fields.below("resource_limits"), device_rates(fields), fields.pairs("unified")),
        "ulimits": ulimits_of(fields),
        "sysctls": fields.pairs("sysctl"),
        "oom_score_adj": fields.number("oom_score_adj") if fields.given("oom_score_adj") else None,
        "pull": "never",
    }
    values["group_add"] = values["group_add"] or groups
    for name in ("oom_score_adj", "pod"):
        fields.raw(name)
    fields.ignore(WITHOUT_MEANING)
    finish(fields, CONTAINER)
    spec = ContainerSpec(**values)
    if spec.auto_remove and spec.restart.name not in ("no", ""):
        raise InvalidInput("a container that is removed has no restart policy", subject="remove", hint="leave one out")
    return spec


def _process(fields: Fields) -> dict[str, Any]:
    """Return the command, its environment, and the names of the container."""
    return {
        "image": fields.text("image"),
        "rootfs": fields.text("rootfs") + _rootfs_option(fields),
        "rootfs_overlay": fields.switch("rootfs_overlay"),
        "systemd": fields.text("systemd") or "true",
        "host_users": fields.texts("hostusers"),
        "auto_remove_image": fields.switch("removeImage"),
        "platform": _platform(fields),
        "name": fields.text("name").removeprefix("/"),
        "command": fields.texts("command"),
        "entrypoint": _entrypoint(fields),
        "env": fields.pairs("env"),
        "env_merge": _env_merge(fields.texts("envmerge")),
        "env_host": fields.maybe("env_host"),
        "unset_env": fields.texts("unsetenv"),
        "unset_env_all": fields.switch("unsetenvall"),
        "http_proxy": fields.maybe("httpproxy"),
        "secret_env": tuple(
            SecretUse(name=secret, kind="env", target=variable)
            for variable, secret in fields.pairs("secret_env").items()
        ),
        "terminal": fields.switch("terminal"),
        "stdin": fields.switch("stdin"),
        "stdin_once": fields.switch("stdin"),  # podman closes it with that of the client that attaches
        "labels": fields.pairs("labels"),
        "hostname": fields.text("hostname"),
        "timezone": fields.text("timezone"),
        "workdir": fields.text("work_dir"),
        "umask": _umask(fields.text("umask")),
        "create_command": fields.texts("containerCreateCommand"),
    }


def _env_merge(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if "=" not in text.lstrip("="):
            raise InvalidInput("not KEY=VALUE", subject=f"envmerge {text[:80]}")
    return dict(text.partition("=")[::2] for text in texts)


def _rootfs_option(fields: Fields) -> str:
    mapping = fields.text("rootfs_mapping")
    return f":{mapping}" if mapping else ""


def _platform(fields: Fields) -> str:
    parts = (fields.text("image_os") or "linux", fields.text("image_arch"), fields.text("image_variant"))
    return "/".join(part for part in parts if part) if any((fields.text("image_os"), *parts[1:])) else ""


def _entrypoint(fields: Fields) -> tuple[str, ...] | None:
    if not fields.given("entrypoint"):
        return None
    words = fields.words("entrypoint") or ()
    return () if words in ((), ("",)) else words


def _umask(text: str) -> str:
    if len(text) > 4 or not set(text) <= set("01234567"):
        raise InvalidInput("not an octal number", subject=f"umask {text[:40]}", hint="write it as in 0022")
    return text


def _annotations(fields: Fields) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the annotations, and the groups for which one of them stands. Raises InvalidInput for those that steer the runtime."""
    found = fields.pairs("annotations")
    groups = ("keep-groups",) if found.get(KEEP_GROUPS) == "1" else ()
    if groups:
        del found[KEEP_GROUPS]
    for key in found:
        if steers_runtime(key):
            raise InvalidInput("the OCI runtime is not steered by annotations", subject=f"annotations: {key[:80]}")
    return found, groups


def _life(fields: Fields) -> dict[str, Any]:
    """Return how it starts and ends, and where its output goes."""
    return {
        "init": True if fields.text("init_path") else fields.maybe("init"),
        "init_path": fields.text("init_path"),
        "init_kind": fields.text("init_container_type"),
        "stop_signal": _signal(fields),
        "stop_timeout_s": _count(fields, "stop_timeout") if fields.given("stop_timeout") else None,
        "timeout_s": _count(fields, "timeout"),
        "restart": restart_policy(fields),
        "auto_remove": fields.switch("remove"),
        "requires": fields.texts("dependencyContainers"),
        "oci_runtime": fields.text("oci_runtime"),
        "passwd": True if fields.maybe("manage_password") is None else fields.switch("manage_password"),
        "names_numbers": True,
        "passwd_entry": fields.text("passwd_entry"),
        "group_entry": fields.text("group_entry"),
        "personality": _personality(fields.below("personality")),
        "log": _log(fields.below("log_configuration")),
        "conmon_pid_file": fields.absolute_path("conmon_pid_file"),
    }


def _personality(fields: Fields) -> str:
    domain = fields.text("domain")
    if domain not in ("", "LINUX", "LINUX32"):
        raise InvalidInput("not an execution domain", subject=f"personality {domain[:40]}", hint="use LINUX or LINUX32")
    fields.finish()
    return domain


def _count(fields: Fields, name: str) -> int:
    number = fields.number(name)
    if number < 0:
        raise InvalidInput("it is negative", subject=fields.path(name))
    return number


def _signal(fields: Fields) -> str:
    """Return the name of a signal's number; podman-py sends a name."""
    value = fields.raw("stop_signal")
    if isinstance(value, str):
        signal_number(value) if value else None
        return value
    number = fields.number("stop_signal")
    return signal_name(signal_number(str(number))) if number else ""


def restart_policy(fields: Fields) -> RestartPolicy:
    """Return the restart policy of a container or a pod. Raises InvalidInput."""
    name, tries = fields.text("restart_policy"), fields.number("restart_tries")
    if name not in _POLICIES:
        raise InvalidInput("invalid restart policy", subject=f'"{name[:40]}"', hint=f"use {', '.join(_POLICIES[1:])}")
    if tries < 0:
        raise InvalidInput("it is negative", subject=fields.path("restart_tries"))
    return RestartPolicy(name=name or "no", maximum_retries=tries if name == "on-failure" else 0)


def _log(fields: Fields) -> LogConfig:
    """Return where output goes. Raises Unsupported."""
    driver, options = fields.text("driver"), fields.pairs("options")
    if driver not in LOG_DRIVERS:
        raise Unsupported(
            "not a log driver", subject=f"log_configuration: {driver[:40]}", hint="use k8s-file, journald or none"
        )
    if driver == "passthrough":
        raise Unsupported("a server has no streams to hand over", subject="log_configuration: passthrough")
    log = LogConfig(
        driver=LOG_DRIVERS[driver],
        path=fields.text("path"),
        max_size_bytes=fields.number("size") or -1,
        tag=options.get("tag", ""),
        options={
            **options,
            **({"driver": driver} if driver and driver not in ("k8s-file", "journald", "none") else {}),
        },
    )
    fields.finish()
    return log
