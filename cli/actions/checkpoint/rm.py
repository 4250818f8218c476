"""checkpoint rm: remove a checkpoint of a container."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the checkpoint; docker prints nothing."""
    container, name = call.arguments
    call.engine.containers.remove_checkpoint(container, name, call.string("checkpoint-dir"))
    return 0
