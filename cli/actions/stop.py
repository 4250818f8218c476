"""stop: stop containers."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Stop the containers and print their names."""
    names = containers_meant(call, running=True)
    timeout_s = call.number("time") if call.given("time") else None
    signal = call.string("signal")
    return for_each(call, names, lambda name: call.engine.containers.stop(name, timeout_s=timeout_s, signal=signal))
