"""pod unpause: thaw the containers of pods."""

from __future__ import annotations

from cli.targets import for_each_pod, pods_meant
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Thaw the paused members of each pod and print the pods' ids."""
    pods = Pods(call.engine)
    return for_each_pod(call, pods_meant(call, pods, states=("paused", "degraded", "stopped")), pods.unpause)
