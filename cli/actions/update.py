"""update: change the limits of a container."""

from __future__ import annotations

from cli.specs.resources import parse_resources
from cli.targets import each, names_of
from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_FIXED = ("ulimit", "oom-score-adj", "cgroup-parent", "cgroups", "rdt-class")


def run(call: Call) -> int:
    """Change them, one container after the other."""
    resources, restart = parse_resources(call), call.string("restart")
    for flag in _FIXED:
        if call.flags.get(flag):
            raise Unsupported("it cannot be changed any more", subject=f"--{flag}", hint="make a new container")
    return each(call, names_of(call), lambda name: call.engine.containers.update(name, resources, restart=restart))
