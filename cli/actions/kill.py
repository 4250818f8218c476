"""kill: send a signal to containers."""

from __future__ import annotations

from cli.specs.signals import signal_of
from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Send --signal (KILL) to the containers and print their names."""
    signal = signal_of(call)
    names = containers_meant(call, running=True)
    return for_each(call, names, lambda name: call.engine.containers.kill(name, signal=signal))
