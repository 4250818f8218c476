"""image diff: what an image's top layer changes."""

from __future__ import annotations

from cli.actions.diff import print_changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it."""
    print_changes(call, call.engine.images.diff(*call.arguments[:2]))
    return 0
