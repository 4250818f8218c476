"""manifest annotate: change what a manifest list says of an image, or of itself."""

from __future__ import annotations

from cli.specs.manifest import annotations_of, changes_of, digest_of
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cli.call import Call


def run(call: Call) -> int:
    """Change the entry, or with --index the list's annotations, and print the list's id."""
    name, *rest = call.arguments
    manifests = call.engine.manifests
    annotations = annotations_of(call)
    if call.flag("index"):
        if rest or changes_of(call):
            raise InvalidInput(
                "--index is for annotations of the list itself", hint="leave out the image and its flags"
            )
        call.print(manifests.annotate(name, annotations).id)
        return 0
    if len(rest) != 1:
        raise InvalidInput("manifest annotate needs one image of the list", hint="name its digest, or use --index")
    digest = digest_of(call, name, rest[0])
    changes: dict[str, Any] = dict(changes_of(call))
    if annotations:
        entry = next((each for each in manifests.get(name).entries if each.digest == digest), None)
        changes["annotations"] = {**(entry.annotations if entry is not None else {}), **annotations}
    call.print(manifests.change(name, digest, changes).id)
    return 0
