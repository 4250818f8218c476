"""image mount: mount root file systems, or list those mounted."""

from __future__ import annotations

from cli.targets import each
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Mount each and print where, or print the list."""
    face = call.engine.images
    names = [found.id for found in face.list(all=True)] if call.flag("all") else call.arguments
    if not names and not call.flag("all"):
        mounted = face.mounted()
        if call.string("format") == "json":
            call.print(format_json([{"id": identity, "mountpoint": path} for identity, path in mounted], indent=4))
            return 0
        for identity, path in mounted:
            call.print(f"{identity[:12]}  {path}")
        return 0
    return each(call, names, lambda name: call.print(face.mount(name)), print_name=False)
