"""unmount: undo mounts of containers' root file systems."""

from __future__ import annotations

from cli.targets import for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.engine.containers import Containers
    from pycman.engine.images import Images


def run(call: Call) -> int:
    """Undo one mount of each container, or with --all of every mounted one, and print their names."""
    return unmount_each(call, call.engine.containers)


def unmount_each(call: Call, verbs: Containers | Images) -> int:
    """Undo one mount of each container or image that the command line names; return the worst status."""
    names = [object_id for object_id, _ in verbs.mounted()] if call.flag("all") else call.arguments
    return for_each(call, names, lambda name: verbs.unmount(name, force=call.flag("force")))
