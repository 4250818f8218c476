"""manifest inspect: show a manifest list, or the manifest of an image in a registry."""

from __future__ import annotations

from cli.specs.manifest import connection_of
from pycman.jsontext import format_json, parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the list as the JSON object of an index; a name that no list has is one in a registry."""
    name = call.arguments[0]
    found = call.engine.manifests.find(name)
    if found is not None:
        from pycman.images.lists.entry import index_object  # only imported for a list of the store

        call.print(format_json(index_object(found), indent=4))
        return 0
    call.print(format_json(parse_json(call.engine.manifests.fetch(name, connection_of(call)), subject=name), indent=4))
    return 0
