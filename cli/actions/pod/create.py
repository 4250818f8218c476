"""pod create: create a pod and print its id."""

from __future__ import annotations

from cli.actions.create import id_file
from cli.specs.pod import pod_spec
from pods.api import Pods
from pycman.contexts import suppress
from pycman.errors import InvalidInput, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Create the pod, obeying --replace and --pod-id-file, and print its id."""
    name = call.string("name")
    if name and call.arguments:
        raise InvalidInput("the pod is named twice", subject=f"--name {name}", hint="leave one out")
    name = name or next(iter(call.arguments), "")
    spec = pod_spec(call, name)
    pods = Pods(call.engine)
    with id_file(call.string("pod-id-file"), "--pod-id-file") as file:
        if call.flag("replace"):
            if not name:
                raise InvalidInput("it needs the pod's name", subject="--replace", hint="give --name")
            with suppress(NotFound):
                pods.remove(name, force=True)
        pod_id = pods.create(spec)
        if file is not None:
            file.write(pod_id)
    call.print_warnings()
    call.print(pod_id)
    return 0
