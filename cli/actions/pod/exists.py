"""pod exists: exit with 0 if the pod exists, else 1."""

from __future__ import annotations

from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Return 0 if the pod exists, else 1."""
    return int(Pods(call.engine).find(call.arguments[0]) is None)
