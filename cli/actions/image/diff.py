"""image diff: list what an image's top layer changed, or how two images differ."""

from __future__ import annotations

from cli.actions.diff import print_changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the changes as `diff` does."""
    print_changes(call, call.engine.images.diff(*call.arguments[:2]))
    return 0
