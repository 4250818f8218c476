"""rmi: remove images or their names; by force with their containers only under podman's name, as docker keeps them."""

from __future__ import annotations

from cli.output.words import familiar_name
from cli.specs.platform import check_platform
from cli.targets import for_each, image_meant
from pycman.errors import InvalidInput, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove the images and print the names untagged and the ids deleted."""
    images = call.engine.images
    force = call.flag("force")
    names = call.arguments
    if call.flag("all"):  # by name: by its id an image with several would need -f
        names = [
            name for image in images.list(all=True) for name in ((image.id,) if force else image.names or (image.id,))
        ]
    if not names and not call.flag("all"):
        raise InvalidInput("rmi needs an image", hint="see pycman rmi --help")

    check_platform(call, names)

    def remove(name: str) -> None:
        try:
            report = images.remove(
                image_meant(call, name),
                force=force,
                prune=not call.flag("no-prune"),
                keep_containers=call.habits.rmi_keeps_containers,
            )
        except NotFound:
            if call.flag("all"):
                return  # removed together with an image before it
            raise
        for each_name in report.untagged:
            call.print(f"Untagged: {familiar_name(each_name) if call.habits.familiar_names else each_name}")
        for image_id in report.deleted:
            call.print(f"Deleted: sha256:{image_id}")

    return for_each(call, names, remove, print_name=False)
