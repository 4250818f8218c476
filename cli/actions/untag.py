"""untag: remove names from an image."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the names in the other arguments, or all, from the image in the first; the image itself is kept."""
    call.engine.images.untag(call.arguments[0], call.arguments[1:])
    return 0
