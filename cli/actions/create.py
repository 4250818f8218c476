"""create: make a container and print its id."""

from __future__ import annotations

import contextlib
import os

from cli.specs.container import container_spec
from pycman.errors import AlreadyExists, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.spec.container import ContainerSpec


def run(call: Call) -> int:
    """Create the container."""
    call.print(create_from(call, container_spec(call)))
    return 0


def create_from(call: Call, spec: ContainerSpec) -> str:
    """Create a container with what the door itself looks after: --cidfile, --replace, a progress of the pull."""
    cidfile = call.text("cidfile")
    if cidfile and os.path.exists(cidfile):
        raise AlreadyExists(
            "the file is there already", subject=f"--cidfile {cidfile}", hint="remove it or name another"
        )
    containers = call.engine.containers
    if call.switch("replace") and spec.name:
        with contextlib.suppress(NotFound):
            containers.remove(spec.name, force=True, volumes=True)
    progress = None
    if spec.image and spec.pull != "never" and (spec.pull or call.engine.images.find(spec.image) is None):
        from cli.output.progress import progress_for  # only if something may be pulled

        progress = progress_for(call, quiet=call.switch("quiet"))
    container_id = containers.create(spec, progress=progress)
    if cidfile:
        with open(cidfile, "x", encoding="ascii") as file:
            file.write(container_id)
    call.tell_warnings()
    return container_id
