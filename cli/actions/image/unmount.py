"""image unmount: undo mounts."""

from __future__ import annotations

from cli.targets import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Unmount each."""
    face = call.engine.images
    names = [identity for identity, _ in face.mounted()] if call.flag("all") else call.arguments
    return each(call, names, lambda name: face.unmount(name, force=call.flag("force")))
