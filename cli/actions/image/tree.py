"""image tree: draw the layers of an image."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Draw them."""
    text = call.engine.images.tree(call.arguments[0], what_requires=call.flag("whatrequires"))
    call.print(text.rstrip("\n"))
    return 0
