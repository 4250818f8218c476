"""context show: print the name of the context in use."""

from __future__ import annotations

from cli.actions.context import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the name of the only context."""
    call.print(NAME)
    return 0
