"""/containers/NAME/checkpoints: docker's checkpoints, which have names."""

from __future__ import annotations

from api_server.translate.fields import Fields
from api_server.verbs.call import NO_CONTENT, Answer, json_answer
from pycman.containers.checkpoint.options import CheckpointOptions
from pycman.containers.checkpoint.place import Named
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_server.verbs.call import Call


def create(call: Call) -> Answer:
    """Make a checkpoint; with `Exit` the container ends by it. Raises InvalidInput without a name."""
    fields = Fields(call.request.json)
    name = fields.text("CheckpointID")
    if not name:
        raise InvalidInput("a checkpoint needs a name", subject="CheckpointID")
    named = Named(name=name, directory=fields.text("CheckpointDir"))
    options = CheckpointOptions(leave_running=not fields.switch("Exit"), named=named, tcp_established=True)
    call.engine.containers.checkpoint(call.name, options)
    return Answer(status=201)


def list_checkpoints(call: Call) -> Answer:
    """List the checkpoints of a container."""
    names = call.engine.containers.checkpoints(call.name, call.request.text("dir"))
    return json_answer([{"Name": name} for name in names])


def remove(call: Call) -> Answer:
    """Remove a checkpoint."""
    call.engine.containers.remove_checkpoint(call.name, call.request.names["checkpoint"], call.request.text("dir"))
    return NO_CONTENT
