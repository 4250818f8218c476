"""pod inspect: print all details of pods."""

from __future__ import annotations

from cli.actions.inspect import print_inspected
from cli.targets import latest_pod
from pods.api import Pods
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the pods as one array or with --format; return the worst status."""
    names = [latest_pod(Pods(call.engine))] if call.flag("latest") else call.arguments
    if not names:
        raise InvalidInput("pod inspect needs a pod", hint="see pycman pod inspect --help", code="nothing-named")
    return print_inspected(call, names, ("pod",))
