"""pod kill: send a signal to the containers of pods."""

from __future__ import annotations

from cli.specs.signals import signal_of
from cli.targets import for_each_pod, pods_meant
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Send --signal (KILL) to the running members of each pod and print the pods' ids."""
    pods = Pods(call.engine)
    signal = signal_of(call)
    names = pods_meant(call, pods, states=("running", "degraded"))
    return for_each_pod(call, names, lambda name: pods.kill(name, signal=signal))
