"""artifact extract: write the files of an artifact."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Write the files below or to the target."""
    name, target = call.arguments
    full = os.path.abspath(target)
    call.engine.artifacts.extract(name, full, title=call.string("title"), digest=call.string("digest"))
    return 0
