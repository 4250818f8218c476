"""pause: freeze containers."""

from __future__ import annotations

from cli.targets import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Freeze them."""
    names = names_of(call, running=True)
    return each(call, names, call.engine.containers.pause)
