"""artifact push: push an artifact to a registry."""

from __future__ import annotations

import sys

from cli.output.progress import progress_for
from cli.specs.registry import registry_options
from pycman.images.transfer.push import PushOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Push the artifact, write its digest to --digestfile, and print its hex; progress goes to standard error."""
    name, *destination = call.arguments
    progress = progress_for(quiet=call.flag("quiet"), output=sys.stderr)
    options = PushOptions(**registry_options(call))
    digest = call.engine.artifacts.push(name, "".join(destination), options, progress=progress)
    if call.string("digestfile"):
        with open(call.string("digestfile"), "w", encoding="ascii") as file:
            file.write(digest)
    if not call.flag("quiet"):
        call.print(digest.partition(":")[2])
    return 0
