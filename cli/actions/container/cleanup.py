"""container cleanup: unmount and release ended containers; conmon runs it (--exit-command) when a container ends."""

from __future__ import annotations

from cli.targets import containers_meant, for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Clean up the containers; --rm also removes them, --rmi their images too. For conmon no names are printed."""
    exit_command = call.flag("exit-command")
    if call.string("exec"):
        from cli.specs.together import check_together  # only imported for podman's clean-up of a session of exec

        check_together(call, (("all", "exec"), ("exec", "rmi")))
    containers = call.engine.containers

    def clean(name: str) -> None:
        containers.cleanup(name, exit_command=exit_command)
        image = containers.get(name).image_id if call.flag("rmi") else ""
        if call.flag("rm") or image:
            containers.remove(name, volumes=True)
        if image:
            call.engine.images.remove(image)

    return for_each(call, containers_meant(call), clean, print_name=not exit_command)
