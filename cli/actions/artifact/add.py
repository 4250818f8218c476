"""artifact add: make an artifact of files."""

from __future__ import annotations

import os

from cli.specs.pairs import parse_pairs
from pycman.images.artifacts.add import AddOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Make the artifact and print its digest's hex."""
    name, *paths = call.arguments
    options = AddOptions(
        type=call.string("type"),
        file_type=call.string("file-type"),
        annotations=parse_pairs(call.values("annotation"), "--annotation"),
        append=call.flag("append"),
        overwrite=call.flag("replace"),
    )
    digest = call.engine.artifacts.add(name, [os.path.abspath(path) for path in paths], options)
    call.print(digest.partition(":")[2])
    return 0
