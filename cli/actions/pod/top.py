"""pod top: list the processes of a pod."""

from __future__ import annotations

import sys

from cli.output.table import layout
from cli.targets import latest_pod
from pods.api import Pods
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print a table with the columns of ps(1) that the arguments name."""
    pods = Pods(call.engine)
    name, *descriptors = [latest_pod(pods), *call.arguments] if call.flag("latest") else (call.arguments or [""])
    if not name:
        raise InvalidInput("pod top needs a pod", hint="see pycman pod top --help", code="nothing-named")
    sys.stdout.write(layout(pods.top(name, descriptors)))
    return 0
