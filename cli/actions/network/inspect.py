"""network inspect: all there is to know of networks."""

from __future__ import annotations

from cli.actions.inspect import print_inspected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it."""
    return print_inspected(call, call.arguments, ("network",))
