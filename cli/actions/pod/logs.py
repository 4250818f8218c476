"""pod logs: print what the containers of a pod wrote."""

from __future__ import annotations

from cli.output.log_lines import log_options, print_lines
from cli.targets import latest_pod
from pods.api import Pods
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the lines in order of time, prefixed with the container's name or short id if the pod has several containers."""
    pods = Pods(call.engine)
    names = [latest_pod(pods)] if call.flag("latest") else call.arguments
    if len(names) != 1:
        raise InvalidInput("pod logs needs one pod", hint="see pycman pod logs --help")
    options = log_options(call)
    pod = pods.get(names[0])
    labels = {worker.name: worker.name if call.flag("names") else worker.id[:12] for worker in pod.workers}
    lines = pods.logs(pod.id, options, container=call.string("container"))
    print_lines(
        ((labels.get(name, name), line) for name, line in lines),
        with_names=call.flag("names") or (len(labels) > 1 and not call.string("container")),
        with_times=call.flag("timestamps"),
        at_once=options.follow,
        in_utc=call.habits.logs_in_utc,
        with_colors=call.flag("color"),
    )
    return 0
