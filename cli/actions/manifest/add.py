"""manifest add: add images to a manifest list."""

from __future__ import annotations

from cli.specs.manifest import annotations_of, changes_of, source_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Add the images, with what flags say of their platform, and print the list's id."""
    name, *images = call.arguments
    manifests = call.engine.manifests
    manifests.get(name)
    changes, annotations = changes_of(call), annotations_of(call)
    entries = [
        entry.replace(**changes, annotations={**entry.annotations, **annotations})
        for image in images
        for entry in manifests.entries_of(image, source_options(call))
    ]
    call.print(manifests.add(name, entries).id)
    return 0
