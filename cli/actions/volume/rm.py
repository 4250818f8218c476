"""volume rm: remove volumes."""

from __future__ import annotations

from cli.targets import for_each, removes_containers
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the volumes and print their names."""
    volumes = call.engine.volumes
    names = [volume.name for volume in volumes.list()] if call.flag("all") else call.arguments
    if not names and not call.flag("all"):
        raise InvalidInput("volume rm needs a volume", hint="see pycman volume rm --help")
    force, seconds = call.flag("force"), call.number("time") if call.given("time") else None
    keep = not removes_containers(call)
    return for_each(
        call, names, lambda name: volumes.remove(name, force=force, timeout_s=seconds, keep_containers=keep)
    )
