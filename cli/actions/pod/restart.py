"""pod restart: stop pods and start them."""

from __future__ import annotations

from cli.targets import for_each_pod, pods_meant
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Restart the pods and print their ids."""
    pods = Pods(call.engine)
    return for_each_pod(call, pods_meant(call, pods), pods.restart)
