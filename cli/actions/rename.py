"""rename: rename a container."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Rename the container in the first argument to the second."""
    name, new_name = call.arguments
    call.engine.containers.rename(name, new_name)
    return 0
