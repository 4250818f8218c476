"""The body of POST /containers/create as a ContainerSpec. Pure.

Config is read here; HostConfig in host_config.py, mounts in mounts.py, networks in networking.py. Fields that are unknown, or that
the engine cannot do, are refused by name if they say something.
"""

from __future__ import annotations

from api_server.translate.fields import Fields
from api_server.translate.host_config import host_values
from api_server.translate.mounts import mounts_of
from api_server.translate.networking import network_mode
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.container import ContainerSpec
from pycman.spec.health import HealthCheck

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IGNORED = ("AttachStdin", "AttachStdout", "AttachStderr", "ArgsEscaped", "OnBuild", "Shell", "Name", "Runtime")
"""What only says how a client will use the container, or is of another system. Runtime is read in HostConfig, as docker does."""


def container_spec(body: dict[str, Any], name: str, platform: str) -> ContainerSpec:
    """Return what a body asks for. Raises InvalidInput, Unsupported."""
    config = Fields(body)
    host = config.below("HostConfig")
    networking = config.below("NetworkingConfig")
    if not config.text("Image"):
        raise InvalidInput("no image was named", subject="Image", hint="add Image to the body")
    env, unset = environment_of(config.texts("Env"))
    mounts = mounts_of(config, host)
    spec = ContainerSpec(
        image=config.text("Image"),
        name=name.removeprefix("/"),
        command=config.words("Cmd") or (),
        entrypoint=_entrypoint(config),
        env=env,
        unset_env=unset,
        labels=config.pairs("Labels"),
        user=config.text("User"),
        workdir=config.text("WorkingDir"),
        hostname=config.text("Hostname"),
        domainname=config.text("Domainname"),
        terminal=config.switch("Tty"),
        stdin=config.switch("OpenStdin"),
        stdin_once=config.switch("StdinOnce"),
        stop_signal=config.text("StopSignal"),
        stop_timeout_s=config.number("StopTimeout") if config.given("StopTimeout") else None,
        expose=tuple(config.mapping("ExposedPorts")),
        health=health_check(config.below("Healthcheck")) if config.given("Healthcheck") else None,
        mounts=mounts,
        network=network_mode(
            host.text("NetworkMode"),
            networking.mapping("EndpointsConfig"),
            mac=config.text("MacAddress"),
            disabled=config.switch("NetworkDisabled"),
        ),
        platform=platform,
        pull="never",
        **host_values(host),
    )
    config.raw("StopTimeout")
    config.ignore(_IGNORED)
    for fields in (config, host, networking):
        fields.finish()
    if spec.auto_remove and spec.restart.name not in ("no", ""):
        raise InvalidInput("can't create 'AutoRemove' container with restart policy", subject="HostConfig")
    return spec


def _entrypoint(config: Fields) -> tuple[str, ...] | None:
    words = config.words("Entrypoint")
    return () if words in ((), ("",)) else words


def environment_of(entries: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the variables of NAME=VALUE entries, and the names without a value: those are taken from the image's. Raises
    InvalidInput.
    """
    env: dict[str, str] = {}
    unset = []
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not name:
            raise InvalidInput("invalid environment variable", subject=entry[:80] or '""')
        if equals:
            env[name] = value
        else:
            unset.append(name)
    return env, tuple(unset)


def health_check(fields: Fields) -> HealthCheck | None:
    """Return a health check; fields that are 0 are the image's or the usual ones. Raises InvalidInput, Unsupported."""
    names = {"Interval": "interval_ns", "Timeout": "timeout_ns", "StartPeriod": "start_period_ns", "Retries": "retries",
             "StartInterval": "start_interval_ns"}  # fmt: skip
    values: dict[str, Any] = {}
    for name, field in names.items():
        number = fields.number(name)
        if number < 0 or (name != "Retries" and 0 < number < 1_000_000):
            raise InvalidInput("it is shorter than a millisecond", subject=fields.path(name), hint="times are in ns")
        if number:
            values[field] = number
    test = fields.texts("Test")
    fields.finish()
    if test and test[0] not in ("NONE", "CMD", "CMD-SHELL"):
        raise Unsupported(
            f"unknown type {test[0][:40]}", subject=fields.path("Test"), hint="use NONE, CMD or CMD-SHELL"
        )
    return HealthCheck(test=test, **values) if test or values else None
