"""mount: mount root file systems of containers, or list those that are mounted."""

from __future__ import annotations

from cli.targets import for_each
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call
    from pycman.engine.containers import Containers
    from pycman.engine.images import Images


def run(call: Call) -> int:
    """Mount the containers and print each path; without names and --all list what is mounted."""
    return mount_or_list(call, call.engine.containers)


def mount_or_list(call: Call, mountable: Containers | Images) -> int:
    """Mount the containers or images that the command line names, or list the mounted ones; return the status."""
    names = [listed.id for listed in mountable.list(all=True)] if call.flag("all") else call.arguments
    if names or call.flag("all"):
        return for_each(call, names, lambda name: call.print(mountable.mount(name)), print_name=False)
    mounted = mountable.mounted()
    if call.string("format") == "json":
        call.print(format_json([{"id": full_id, "mountpoint": path} for full_id, path in mounted], indent=4))
        return 0
    for full_id, path in mounted:
        call.print(f"{full_id[:12]}  {path}")
    return 0
