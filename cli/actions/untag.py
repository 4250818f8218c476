"""untag: take names from an image."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Take them."""
    call.engine.images.untag(call.arguments[0], call.arguments[1:])
    return 0
