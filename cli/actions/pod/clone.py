"""pod clone: create a copy of a pod."""

from __future__ import annotations

from cli.specs.pod import changed_fields
from pods.api import Pods
from pods.clone import CloneChanges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Create the copy with the changes that flags ask for, and print its id."""
    source, *names = call.arguments
    changes = CloneChanges(name=call.string("name") or next(iter(names), ""), fields=changed_fields(call))
    call.print(Pods(call.engine).clone(source, changes, start=call.flag("start"), destroy=call.flag("destroy")))
    return 0
