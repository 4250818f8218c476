"""pod restart: stop pods and start them."""

from __future__ import annotations

from cli.several_pods import each, names_of
from pods.api import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it for each pod."""
    pods = Pods(call.engine)
    return each(call, names_of(call, pods), pods.restart)
