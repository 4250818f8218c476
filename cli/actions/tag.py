"""tag: add names to an image."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Add the other arguments as names to the image in the first."""
    call.engine.images.tag(call.arguments[0], call.arguments[1:])
    return 0
