"""volume inspect: print all details of volumes."""

from __future__ import annotations

from cli.actions.inspect import print_inspected
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the volumes as one array or with --format; return the worst status."""
    names = [volume.name for volume in call.engine.volumes.list()] if call.flag("all") else call.arguments
    if not names and not call.flag("all"):
        raise InvalidInput("volume inspect needs a volume", hint="name one, or use --all")
    return print_inspected(call, names, ("volume",))
