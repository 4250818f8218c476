"""manifest create: create a manifest list."""

from __future__ import annotations

from cli.specs.manifest import annotations_of, source_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Create the list with its images and print its id."""
    name, *images = call.arguments
    made = call.engine.manifests.create(
        name, images, source_options(call), annotations=annotations_of(call), amend=call.flag("amend")
    )
    call.print(made.id)
    return 0
