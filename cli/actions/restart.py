"""restart: stop and start containers."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Restart the containers (--running: only those that run) and print their names."""
    names = containers_meant(call, running=call.flag("running"))
    timeout_s = call.number("time") if call.given("time") else None
    signal = call.string("signal")
    return for_each(call, names, lambda name: call.engine.containers.restart(name, timeout_s=timeout_s, signal=signal))
