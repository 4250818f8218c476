"""image tree: draw the layers of an image."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the layers as a tree, or with --whatrequires the images that need this one."""
    tree = call.engine.images.tree(call.arguments[0], what_requires=call.flag("whatrequires"))
    call.print(tree.rstrip("\n"))
    return 0
