"""pod prune: remove stopped pods."""

from __future__ import annotations

from cli.output.prune import confirm
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print the ids."""
    if not confirm(call, "This will remove all stopped pods."):
        return 0
    for pod_id in Pods(call.engine).prune():
        call.print(pod_id)
    return 0
