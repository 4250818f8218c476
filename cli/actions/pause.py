"""pause: freeze containers."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Freeze the containers (--all: the running ones) and print their names."""
    names = containers_meant(call, running=True)
    return for_each(call, names, call.engine.containers.pause)
