"""secret inspect: print all details of secrets; the value only with --showsecret."""

from __future__ import annotations

from cli.actions.inspect import print_inspected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the secrets as one array or with --format; return the worst status."""
    return print_inspected(call, call.arguments, ("secret",))
