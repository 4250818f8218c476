"""artifact pull: pull an artifact from a registry."""

from __future__ import annotations

import sys

from cli.output.progress import progress_for
from cli.specs.registry import registry_options
from pycman.images.transfer.pull import PullOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Pull the artifact and print its digest's hex; progress goes to standard error."""
    progress = progress_for(quiet=call.flag("quiet"), output=sys.stderr)
    options = PullOptions(**registry_options(call))
    call.print(call.engine.artifacts.pull(call.arguments[0], options, progress=progress).partition(":")[2])
    return 0
