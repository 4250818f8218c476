"""rmi: remove images or their names."""

from __future__ import annotations

from cli.several import each
from cli.specs.platform import check_platform
from pycman.errors import InvalidInput, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Remove each and print what went."""
    images = call.engine.images
    force = call.switch("force")
    names = [image.id for image in images.list(all=True)] if call.switch("all") else call.arguments
    if not names and not call.switch("all"):
        raise InvalidInput("rmi needs an image", hint="see pycman rmi --help")

    check_platform(call, names)

    def remove(name: str) -> None:
        try:
            report = images.remove(name, force=force or call.switch("all"), prune=not call.switch("no-prune"))
        except NotFound:
            if call.switch("all"):
                return  # it went with another one
            raise
        for each_name in report.untagged:
            call.print(f"Untagged: {each_name}")
        for image_id in report.deleted:
            call.print(f"Deleted: sha256:{image_id}")

    return each(call, names, remove, print_name=False)
