"""pod clone: make a pod like another one."""

from __future__ import annotations

from cli.specs.pod import changed_fields
from pods.clone import CloneChanges
from pods.face import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Make it and print its id."""
    source, *names = call.arguments
    changes = CloneChanges(name=call.text("name") or next(iter(names), ""), fields=changed_fields(call))
    call.print(Pods(call.engine).clone(source, changes, start=call.switch("start"), destroy=call.switch("destroy")))
    return 0
