"""checkpoint create: write the processes of a running container to a checkpoint with a name."""

from __future__ import annotations

from pycman.containers.checkpoint.options import CheckpointOptions
from pycman.containers.checkpoint.place import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Make the checkpoint and print its name."""
    container, name = call.arguments
    named = Named(name=name, directory=call.string("checkpoint-dir"))
    options = CheckpointOptions(leave_running=call.flag("leave-running"), named=named, tcp_established=True)
    call.engine.containers.checkpoint(container, options)
    call.print(name)
    return 0
