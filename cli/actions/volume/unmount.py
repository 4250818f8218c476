"""volume unmount: undo mounts of volumes."""

from __future__ import annotations

from cli.targets import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Unmount each."""
    return each(call, call.arguments, call.engine.volumes.unmount)
