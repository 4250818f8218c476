"""pod rm: remove pods with their containers."""

from __future__ import annotations

from cli.several_pods import each, names_of
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it for each pod."""
    pods = Pods(call.engine)
    force = call.flag("force")
    seconds = call.number("time") if call.given("time") else None
    return each(
        call,
        names_of(call, pods),
        lambda name: pods.remove(name, force=force, timeout_s=seconds),
        missing_ok=call.flag("ignore") or force,
    )
