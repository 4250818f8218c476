"""manifest rm: remove manifest lists."""

from __future__ import annotations

from cli.targets import for_each
from pycman.errors import NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the lists and print their names and ids."""
    return for_each(call, call.arguments, lambda name: _remove(call, name), print_name=False)


def _remove(call: Call, name: str) -> None:
    try:
        removed, names = call.engine.manifests.remove(name)
    except NotFound:
        if not call.flag("ignore"):
            raise
        return
    for full_name in names:
        call.print(f"Untagged: {full_name}")
    call.print(f"Deleted: {removed.id}")
