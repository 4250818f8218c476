"""pod rm: remove pods with their containers."""

from __future__ import annotations

from cli.targets import for_each_pod, pods_meant
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the pods and print their ids; --ignore and --force skip missing ones."""
    pods = Pods(call.engine)
    force = call.flag("force")
    timeout_s = call.number("time") if call.given("time") else None
    return for_each_pod(
        call,
        pods_meant(call, pods),
        lambda name: pods.remove(name, force=force, timeout_s=timeout_s),
        ignore=call.flag("ignore") or force,
    )
