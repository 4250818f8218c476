"""pod stop: stop pods."""

from __future__ import annotations

from cli.targets import for_each_pod, pods_meant
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Stop the pods and print their ids; --ignore skips missing ones."""
    pods = Pods(call.engine)
    timeout_s = call.number("time") if call.given("time") else None
    return for_each_pod(
        call, pods_meant(call, pods), lambda name: pods.stop(name, timeout_s=timeout_s), ignore=call.flag("ignore")
    )
