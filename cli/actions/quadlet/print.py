"""quadlet print: show a Quadlet file."""

from __future__ import annotations

import sys

from cli.quadlet.installed import Library
from cli.specs.yaml_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the file as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(read_file(Library.of_caller().find(call.arguments[0])))
    return 0
