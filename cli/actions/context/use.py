"""context use: choose a context; the only one is in use already."""

from __future__ import annotations

from cli.actions.context import check_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the name. Raises NotFound for another context than `default`."""
    check_context(call.arguments[0])
    call.print(call.arguments[0])
    return 0
