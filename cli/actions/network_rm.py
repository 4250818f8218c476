"""network rm: remove networks."""

from __future__ import annotations

from cli.several import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove each."""
    force, seconds = call.switch("force"), call.number("timeout", 10)
    return each(call, call.arguments, lambda name: call.engine.networks.remove(name, force=force, timeout_s=seconds))
