"""artifact inspect: print all details of an artifact."""

from __future__ import annotations

import sys

from cli.output.listing import print_objects
from pycman.jsontext import format_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the artifact as one object (podman prints no array here), or with --format."""
    found = call.engine.artifacts.inspect(call.arguments[0])
    if call.string("format") in ("", "json"):
        sys.stdout.write(format_json(found, indent=5) + "\n")
    else:
        print_objects(call, [found])
    return 0
