"""image exists: exit with 0 if the image exists, else 1."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Return 0 if the image exists, else 1."""
    return 0 if call.engine.images.exists(call.arguments[0]) else 1
