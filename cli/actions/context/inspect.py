"""context inspect: print all details of contexts."""

from __future__ import annotations

from cli.actions.context import NAME, check_context
from cli.output.listing import print_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Print the contexts as one array or with --format. Raises NotFound for another context than `default`."""
    names = call.arguments or [NAME]
    for name in names:
        check_context(name)
    endpoint = {"Host": "", "SkipTLSVerify": False}
    shown = {"Name": NAME, "Metadata": {}, "Endpoints": {"docker": endpoint}, "TLSMaterial": {}, "Storage": {}}
    print_objects(call, [shown for _ in names])
    return 0
