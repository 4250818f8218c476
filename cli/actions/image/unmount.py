"""image unmount: undo mounts of images' root file systems."""

from __future__ import annotations

from cli.targets import for_each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Undo one mount of each image, or with --all of every mounted one, and print their ids; others are left alone (podman)."""
    images = call.engine.images
    mounted = [image_id for image_id, _ in images.mounted()]

    def unmount(name: str) -> None:
        image_id = images.get(name).id
        if image_id in mounted:
            images.unmount(image_id, force=call.flag("force"))
            call.print(image_id)

    return for_each(call, mounted if call.flag("all") else call.arguments, unmount, print_name=False)
