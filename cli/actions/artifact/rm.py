"""artifact rm: remove artifacts."""

from __future__ import annotations

from cli.targets import for_each
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the artifacts and print their digests' hex."""
    artifacts = call.engine.artifacts
    if call.flag("all") == bool(call.arguments):
        raise InvalidInput("artifact rm needs an artifact", hint="name one, or use --all alone")
    names = [artifact.name for artifact in artifacts.list()] if call.flag("all") else call.arguments
    if call.flag("ignore"):
        names = [name for name in names if artifacts.find(name) is not None]
    return for_each(call, names, lambda name: call.print(artifacts.remove(name).partition(":")[2]), print_name=False)
