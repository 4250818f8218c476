"""pod kill: send a signal to the containers of pods."""

from __future__ import annotations

from cli.several_pods import each, names_of
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it for each pod."""
    pods = Pods(call.engine)
    signal = call.string("signal", "KILL")
    names = names_of(call, pods, states=("running", "degraded"))
    return each(call, names, lambda name: pods.kill(name, signal=signal))
