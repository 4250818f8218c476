"""init: initialize containers: mounts, namespaces and monitor are made, the process is not started."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Initialize the containers and print their names."""
    names = containers_meant(call)
    return for_each(call, names, call.engine.containers.initialize)
