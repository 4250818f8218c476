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
        return for_each(call, names, lambda name: call.print(_line(call, mountable, name)), print_name=False)
    mounted = mountable.mounted()
    if call.string("format") == "json":
        call.print(format_json([{"id": full_id, "mountpoint": path} for full_id, path in mounted], indent=4))
        return 0
    for full_id, path in mounted:
        named = call.habits.mount_prints_names and call.command == "image mount"
        short_id = full_id if call.flag("no-trunc") else full_id[:12]
        label = _name(mountable, full_id) if named else short_id
        call.print(f"{label}  {path}")
    return 0


def _line(call: Call, mountable: Containers | Images, name: str) -> str:
    """Mount one and return its path, behind its name where several are mounted by podman."""
    path = mountable.mount(name)
    return f"{_name(mountable, name)} {path}" if call.habits.mount_prints_names and call.flag("all") else path


def _name(mountable: Containers | Images, name: str) -> str:
    """Return the name of a container or image, its id if it has none."""
    found = mountable.get(name)
    names = getattr(found, "names", None)
    return str(names[0] if names else found.id) if names is not None else str(getattr(found, "name", name))
