"""container inspect: all there is to know of containers."""

from __future__ import annotations

from cli.actions.inspect import print_inspected
from cli.targets import latest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it."""
    names = [latest(call)] if call.flag("latest") else call.arguments
    return print_inspected(call, names, ("container",))
