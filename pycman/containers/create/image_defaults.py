"""What an image says, filled in where the user said nothing (image-spec v1.1, config.md and conversion.md). Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.spec.health import HealthCheck
from pycman.spec.mount import Mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")


_INITS = frozenset(("/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"))
_HALT = "SIGRTMIN+3"
"""Asks systemd to shut down (systemd(1))."""


def fill_in(
    spec: ContainerSpec,
    image_config: Mapping[str, Any],
    *,
    default_env: Mapping[str, str],
    host_env: Mapping[str, str],
    stop_timeout_s: int,
    in_build: bool = False,
) -> ContainerSpec:
    """Return `spec` with command, env, user, workdir, labels, ports, volumes, health and stop signal filled in.

    `image_config` is the image's "config" object. Afterwards `entrypoint` is never None and `env` is complete but for
    HOSTNAME and HOME; proxies of the host win over the image's variables, but not `in_build`, where ENV has set them. Raises InvalidInput if there is no command to run.
    """
    entrypoint, command = _settle_command(spec, image_config)
    labels = {**(image_config.get("Labels") or {}), **spec.labels}
    exposed = tuple(image_config.get("ExposedPorts") or ())
    by_systemd = runs_systemd(spec.systemd, (*entrypoint, *command)[0])
    signal = spec.stop_signal or _stop_signal(image_config.get("StopSignal") or (_HALT if by_systemd else ""))
    filled = spec.replace(
        entrypoint=entrypoint,
        command=command,
        env=_settle_env(spec, image_config, default_env, host_env, in_build=in_build),
        user=spec.user or image_config.get("User") or "",
        workdir=spec.workdir or image_config.get("WorkingDir") or "/",
        labels=labels,
        expose=tuple(dict.fromkeys((*exposed, *spec.expose))),
        stop_signal=signal,
        stop_timeout_s=stop_timeout_s if spec.stop_timeout_s is None else spec.stop_timeout_s,
        mounts=spec.mounts + _image_volumes(spec, image_config),
        health=_settle_health(spec.health, image_config.get("Healthcheck")),
    )
    if not by_systemd:
        return filled.replace(systemd="")
    from pycman.containers.create.systemd_mode import with_systemd  # only imported for such containers

    return with_systemd(filled)


def runs_systemd(mode: str, command: str) -> bool:
    """Say whether a container is prepared for systemd: `always`, or `true` and its command is systemd or an init (podman's rule)."""
    return mode == "always" or (mode == "true" and (command in _INITS or command.rpartition("/")[2] == "systemd"))


def _stop_signal(text: str) -> str:
    """Return an image's STOPSIGNAL, SIGTERM if it is none (docker's rule: such an image runs)."""
    if not text:
        return "SIGTERM"
    from pycman.spec.signals import signal_number  # only imported for images that name one

    try:
        signal_number(text)
    except InvalidInput:
        return "SIGTERM"
    return text


def _settle_command(spec: ContainerSpec, image_config: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if spec.entrypoint is None:
        entrypoint = tuple(image_config.get("Entrypoint") or ())
        command = spec.command or tuple(image_config.get("Cmd") or ())
    else:
        entrypoint = tuple(part for part in spec.entrypoint if part or len(spec.entrypoint) > 1)
        command = spec.command
    if not entrypoint and not command:
        raise InvalidInput(
            "no command or entrypoint provided, and the image has none",
            subject=spec.image or spec.rootfs,
            hint="name a command after the image",
        )
    return entrypoint, command


def _settle_env(
    spec: ContainerSpec,
    image_config: Mapping[str, Any],
    default_env: Mapping[str, str],
    host_env: Mapping[str, str],
    *,
    in_build: bool,
) -> dict[str, str]:
    env = {"PATH": DEFAULT_PATH, "container": "podman"}  # the name that systemd-detect-virt, ansible and others know
    if spec.terminal:
        env["TERM"] = "xterm"
    env.update(default_env)
    if spec.env_host:
        env.update(host_env)
    own = dict(str(entry).partition("=")[::2] for entry in image_config.get("Env") or ())
    env.update(own)
    if spec.http_proxy is not False and not spec.env_host:
        for name in (each for proxy in _PROXIES for each in (proxy, proxy.upper())):
            if name in host_env and not (in_build and name in own):
                env[name] = host_env[name]
    if spec.env_merge:
        env |= _merged(spec.env_merge, env)
    if spec.unset_env_all:
        env = {}
    for name in spec.unset_env:
        env.pop(name, None)
    env.update(spec.env)
    return env


def _merged(templates: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `env_merge`; what there is not is "" in them."""
    from collections import defaultdict  # as below
    from string import Template  # only for --env-merge

    return {name: Template(text).safe_substitute(defaultdict(str, env)) for name, text in templates.items()}


def _image_volumes(spec: ContainerSpec, image_config: Mapping[str, Any]) -> tuple[Mount, ...]:
    if spec.image_volumes == "ignore":
        return ()
    taken = {mount.target.rstrip("/") for mount in spec.mounts}
    kind = "tmpfs" if spec.image_volumes == "tmpfs" else "volume"
    declared = [
        f"/{target.lstrip('/')}" for target in image_config.get("Volumes") or ()
    ]  # docker takes relative ones too
    targets = [target for target in declared if target.rstrip("/") not in taken]
    return tuple(Mount(kind=kind, target=target, from_image=True) for target in targets)


def _settle_health(wanted: HealthCheck | None, found: Mapping[str, Any] | None) -> HealthCheck | None:
    """Merge `--health-*` over the image's HEALTHCHECK: an empty test in `wanted` keeps the image's command."""
    health = wanted
    if found and found.get("Test") and (wanted is None or not wanted.test):
        values: dict[str, Any] = {"test": tuple(found["Test"])}
        for name, field in (
            ("Interval", "interval_ns"),
            ("Timeout", "timeout_ns"),
            ("StartPeriod", "start_period_ns"),
            ("StartInterval", "start_interval_ns"),
            ("Retries", "retries"),
        ):
            if found.get(name):
                values[field] = int(found[name])
        if wanted is not None:
            values.update({name: value for name, value in wanted.__dict__.items() if name != "test"})
        health = HealthCheck(**values)
    if wanted is not None and wanted.is_off:
        return HealthCheck(test=("NONE",))
    if health is None or not health.test or health.test[0].upper() == "NONE":
        return None
    return health
