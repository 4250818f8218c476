"""stop: stop containers."""

from __future__ import annotations

from cli.targets import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Stop the containers."""
    names = names_of(call, running=True)
    given = next((call.number(flag) for flag in ("timeout", "time") if call.given(flag)), None)
    signal = call.string("signal")
    return each(call, names, lambda name: call.engine.containers.stop(name, timeout_s=given, signal=signal))
