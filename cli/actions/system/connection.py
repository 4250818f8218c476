"""system connection: connections to engines of other hosts, of which there are none; `ls` says so, the others are refused."""

from __future__ import annotations

from cli.output.listing import Columns, print_listing
from pycman.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_FIELDS = ("Name", "URI", "Identity", "Default", "ReadWrite")


def run(call: Call) -> int:
    """Print the heads of the columns alone. Raises Unsupported for whatever would need a connection."""
    verb = call.arguments[0]
    if verb not in ("ls", "list"):
        hint = "give commands on the host itself, by ssh if it is another"
        raise Unsupported("there is no daemon to connect to", subject=f"system connection {verb}", hint=hint)
    if not call.flag("quiet"):
        columns = tuple((name, name) for name in _FIELDS)
        print_listing(call, [], Columns(columns, {name: name.upper() for name in _FIELDS}, _FIELDS))
    return 0
