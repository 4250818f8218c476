"""tag: give an image more names."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Name it."""
    call.engine.images.tag(call.arguments[0], call.arguments[1:])
    return 0
