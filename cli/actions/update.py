"""update: change resource limits and restart policies of containers."""

from __future__ import annotations

from cli.specs.resources import parse_resources
from cli.targets import containers_meant, for_each
from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_FIXED_AT_CREATION = ("ulimit", "oom-score-adj", "cgroup-parent", "cgroups", "rdt-class")


def run(call: Call) -> int:
    """Update the containers and print their names. Raises Unsupported for flags fixed at creation."""
    resources, restart = parse_resources(call), call.string("restart")
    for flag in _FIXED_AT_CREATION:
        if call.flags.get(flag):
            raise Unsupported("it cannot be changed after creation", subject=f"--{flag}", hint="create a new container")
    return for_each(
        call, containers_meant(call), lambda name: call.engine.containers.update(name, resources, restart=restart)
    )
