"""unpause: thaw containers."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Thaw the containers (--all: the paused ones) and print their names."""
    names = containers_meant(call)
    if call.flag("all"):
        paused = call.engine.containers.list([("status", "paused"), *call.pairs("filter")], all=True)
        names = [container.id for container in paused]
    return for_each(call, names, call.engine.containers.unpause)
