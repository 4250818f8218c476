"""container inspect: print all details of containers."""

from __future__ import annotations

from cli.actions.inspect import print_inspected
from cli.targets import latest_container

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the containers as one array or with --format; return the worst status."""
    names = [latest_container(call)] if call.flag("latest") else call.arguments
    return print_inspected(call, names, ("container",))
