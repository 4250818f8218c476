"""manifest remove: take an image out of a manifest list."""

from __future__ import annotations

from cli.specs.manifest import digest_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Take the image out and print the list's id."""
    name, digest = call.arguments
    call.print(call.engine.manifests.remove_entry(name, digest_of(call, name, digest)).id)
    return 0
