"""pod exists: say by the exit status whether there is such a pod."""

from __future__ import annotations

from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Return 0 or 1."""
    return int(Pods(call.engine).find(call.arguments[0]) is None)
