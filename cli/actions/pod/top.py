"""pod top: the processes of a pod."""

from __future__ import annotations

import sys

from cli.output.table import layout
from cli.several_pods import latest_pod
from pods.api import Pods
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print them."""
    pods = Pods(call.engine)
    name, *words = [latest_pod(pods), *call.arguments] if call.flag("latest") else (call.arguments or [""])
    if not name:
        raise InvalidInput("pod top needs a pod", hint="see pycman pod top --help")
    sys.stdout.write(layout(pods.top(name, words)))
    return 0
