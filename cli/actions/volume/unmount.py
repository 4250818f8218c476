"""volume unmount: undo mounts of volumes."""

from __future__ import annotations

from cli.targets import for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Undo one mount of each volume and print their names."""
    return for_each(call, call.arguments, call.engine.volumes.unmount)
