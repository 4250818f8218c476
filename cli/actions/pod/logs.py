"""pod logs: what the containers of a pod wrote."""

from __future__ import annotations

from cli.output.log_lines import log_options, print_lines
from cli.several_pods import latest_pod
from pods.api import Pods
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print it, each line with its container's name or short id in front where there are several."""
    pods = Pods(call.engine)
    names = [latest_pod(pods)] if call.flag("latest") else call.arguments
    if len(names) != 1:
        raise InvalidInput("pod logs needs one pod", hint="see pycman pod logs --help")
    options = log_options(call)
    pod = pods.get(names[0])
    shown = {each.name: each.name if call.flag("names") else each.id[:12] for each in pod.workers}
    lines = pods.logs(pod.id, options, container=call.string("container"))
    print_lines(
        ((shown.get(name, name), line) for name, line in lines),
        with_names=call.flag("names") or (len(shown) > 1 and not call.string("container")),
        with_times=call.flag("timestamps"),
        at_once=options.follow,
    )
    return 0
