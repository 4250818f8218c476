"""container cleanup: release what ended containers still hold; conmon calls it."""

from __future__ import annotations

from cli.targets import each, names_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Clean up."""
    exit_command = call.flag("exit-command")
    containers = call.engine.containers

    def clean(name: str) -> None:
        containers.cleanup(name, exit_command=exit_command)
        image = containers.get(name).image_id if call.flag("rmi") else ""
        if call.flag("rm") or image:
            containers.remove(name, volumes=True)
        if image:
            call.engine.images.remove(image)

    return each(call, names_of(call), clean, print_name=not exit_command)
