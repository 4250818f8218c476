"""update: change limits, restart policies, environment and health checks of containers."""

from __future__ import annotations

import os

from cli.specs.health import ON_FAILURE, health_fields, health_log_fields, startup_fields
from cli.specs.pairs import parse_env
from cli.specs.resources import parse_resources
from cli.targets import containers_meant, for_each
from pycman.errors import InvalidInput, Unsupported
from pycman.spec.changes import Changes
from pycman.spec.resources import parse_ulimit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

FIXED_AT_CREATION = ("oom-score-adj", "cgroup-parent", "cgroups", "rdt-class")


def run(call: Call) -> int:
    """Update the containers and print their names. Raises Unsupported for flags fixed at creation, InvalidInput."""
    resources, restart, changes = parse_resources(call), call.string("restart"), changes_of(call)
    for flag in FIXED_AT_CREATION:
        if call.flags.get(flag):
            raise Unsupported("it cannot be changed after creation", subject=f"--{flag}", hint="create a new container")
    return for_each(
        call,
        containers_meant(call),
        lambda name: call.engine.containers.update(name, resources, restart=restart, changes=changes),
    )


def changes_of(call: Call) -> Changes:
    """Return what the flags change of environment and health checks. Raises InvalidInput."""
    on_failure = call.string("health-on-failure")
    if on_failure and on_failure not in ON_FAILURE:
        raise InvalidInput(
            "not one of its values", subject=f"--health-on-failure {on_failure}", hint=f"use {', '.join(ON_FAILURE)}"
        )
    return Changes(
        env=parse_env(call.values("env"), [], os.environ),
        unset_env=tuple(call.values("unsetenv")),
        health=health_fields(call),
        startup_health=startup_fields(call),
        no_health=call.flag("no-healthcheck"),
        on_failure=on_failure,
        health_log=health_log_fields(call),
        ulimits=tuple(parse_ulimit(value) for value in call.values("ulimit")),
    )
