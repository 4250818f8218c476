"""image inspect: print all details of images."""

from __future__ import annotations

from cli.actions.inspect import print_inspected
from cli.specs.platform import check_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the images as one array or with --format; return the worst status."""
    check_platform(call, call.arguments)
    return print_inspected(call, call.arguments, ("image",))
