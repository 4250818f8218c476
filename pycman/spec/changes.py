"""What `update` changes of a container beside its limits: environment and health checks. Pure."""

from __future__ import annotations

from pycman.errors import InvalidInput
from pycman.record import Record
from pycman.spec.health import HealthCheck
from pycman.spec.resources import Ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pycman.spec.container import ContainerSpec


class Changes(Record):
    """Changes of a container. `health` and `startup_health` are fields of HealthCheck by name; `no_health` switches both checks off;
    `on_failure` "" keeps what an unhealthy container gets.

    A change of the environment holds from the next start on.
    """

    env: Mapping[str, str] = {}
    unset_env: tuple[str, ...] = ()
    health: Mapping[str, Any] = {}
    startup_health: Mapping[str, Any] = {}
    no_health: bool = False
    on_failure: str = ""
    health_log: Mapping[str, Any] = {}
    """Fields of HealthLog; they hold from the next check on."""

    ulimits: tuple[Ulimit, ...] = ()
    """They replace those of the same name from the next start on; "host" alone replaces all."""

    @property
    def of_health(self) -> bool:
        """Say whether anything about health checks changes."""
        return bool(self.health or self.startup_health or self.no_health or self.on_failure)


def changed_spec(spec: ContainerSpec, changes: Changes) -> ContainerSpec:
    """Return the spec with the changes of environment and health checks.

    Raises InvalidInput for details of a check that the container does not have, or beside `no_health`.
    """
    env = {name: value for name, value in spec.env.items() if name not in changes.unset_env} | dict(changes.env)
    changed = spec.replace(env=env, health_on_failure=changes.on_failure or spec.health_on_failure)
    if changes.health_log:
        changed = changed.replace(health_log=spec.health_log.replace(**changes.health_log))
    if changes.ulimits:
        changed = changed.replace(ulimits=_merged_ulimits(spec.ulimits, changes.ulimits))
    if changes.no_health:
        if changes.health or changes.startup_health:
            raise InvalidInput("it cannot be used with other --health flags", subject="--no-healthcheck")
        return changed.replace(health=HealthCheck(test=("NONE",)), startup_health=None)
    return changed.replace(
        health=_changed_check(spec.health, changes.health, "--health-cmd"),
        startup_health=_changed_check(spec.startup_health, changes.startup_health, "--health-startup-cmd"),
    )


def _merged_ulimits(old: tuple[Ulimit, ...], new: tuple[Ulimit, ...]) -> tuple[Ulimit, ...]:
    names = {limit.name for limit in new} | {"host"}
    if any(limit.name == "host" for limit in new):
        return new
    return (*(limit for limit in old if limit.name not in names), *new)


def _changed_check(check: HealthCheck | None, fields: Mapping[str, Any], flag: str) -> HealthCheck | None:
    if not fields:
        return check
    if fields.get("test") == ("NONE",):
        return None
    if check is None and "test" not in fields:
        raise InvalidInput(
            "the container has no such check", subject="its health", hint=f"give {flag} too", code="no-health-command"
        )
    return HealthCheck(**fields) if check is None else check.replace(**fields)
