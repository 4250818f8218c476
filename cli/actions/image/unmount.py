"""image unmount: undo mounts of images' root file systems."""

from __future__ import annotations

from cli.actions.unmount import unmount_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Undo one mount of each image, or with --all of every mounted one, and print their names."""
    return unmount_each(call, call.engine.images)
