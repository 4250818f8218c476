"""checkpoint ls: list the checkpoints of a container that have names."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print docker's table of one column."""
    call.print("CHECKPOINT NAME")
    for name in call.engine.containers.checkpoints(call.arguments[0], call.string("checkpoint-dir")):
        call.print(name)
    return 0
