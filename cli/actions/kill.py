"""kill: send a signal to containers."""

from __future__ import annotations

from cli.targets import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Send the signal."""
    signal = call.string("signal", "KILL")
    names = names_of(call, running=True)
    return each(call, names, lambda name: call.engine.containers.kill(name, signal=signal))
