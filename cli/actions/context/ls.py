"""context ls: list contexts."""

from __future__ import annotations

from cli.actions.context import NAME
from cli.output.listing import Columns, print_ids, print_listing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call

_COLUMNS = (
    ("NAME", "_Name"),
    ("DESCRIPTION", "Description"),
    ("DOCKER ENDPOINT", "DockerEndpoint"),
    ("ERROR", "Error"),
)
_JSON = ("Current", "Description", "DockerEndpoint", "Error", "Name")


def run(call: Call) -> int:
    """Print the only context; it has no endpoint."""
    if call.flag("quiet"):
        print_ids([NAME])
        return 0
    row = {
        "Name": NAME,
        "_Name": f"{NAME} *",
        "Current": "true",
        "Description": "The engine of this host, without a daemon",
        "DockerEndpoint": "",
        "Error": "",
    }
    print_listing(call, [row], Columns(_COLUMNS, {"Name": "NAME", "Current": "CURRENT"}, _JSON))
    return 0
