"""rename: give a container another name."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Rename it."""
    name, new_name = call.arguments
    call.engine.containers.rename(name, new_name)
    return 0
