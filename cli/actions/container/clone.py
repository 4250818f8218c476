"""container clone: create a copy of a container."""

from __future__ import annotations

from cli.actions.update import FIXED_AT_CREATION
from cli.specs.resources import parse_resources
from pycman.errors import InvalidInput, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Create the copy, start it with --run, remove the original with --destroy, and print the copy's id."""
    source, *words = call.arguments
    for flag in ("ulimit", *FIXED_AT_CREATION):
        if call.flags.get(flag):
            raise Unsupported("a copy keeps the original's", subject=f"--{flag}", hint="create a new container")
    if call.flag("force") and not call.flag("destroy"):
        raise InvalidInput("it is for --destroy", subject="--force", hint="leave it out")
    name, image = (*words, "", "")[:2]
    containers = call.engine.containers
    original = containers.get(source)
    if call.flag("destroy") and original.state in ("running", "paused") and not call.flag("force"):
        raise InvalidInput("the container runs, so it is not removed", subject=source, hint="stop it, or add --force")
    spec = containers.spec_for_clone(
        source, new_name=call.string("name") or name, image=image, resources=parse_resources(call)
    )
    if call.string("pod"):
        from cli.specs.pod_member import in_pod  # only imported for members of pods

        with in_pod(call, spec) as member:
            copy_id = containers.create(member, starts=call.flag("run"))
    else:
        copy_id = containers.create(spec, starts=call.flag("run"))
    if call.flag("destroy"):
        containers.remove(original.id, force=call.flag("force"))
    if call.flag("run"):
        containers.start(copy_id)
    call.print(copy_id)
    return 0
