"""stop: stop containers."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Stop the containers."""
    names = containers_meant(call, running=True)
    given = call.number("time") if call.given("time") else None
    signal = call.string("signal")
    return for_each(call, names, lambda name: call.engine.containers.stop(name, timeout_s=given, signal=signal))
