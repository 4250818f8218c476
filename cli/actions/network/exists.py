"""network exists: exit with 0 if the network exists, else 1."""

from __future__ import annotations

from cli.output.docker_networks import without_row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Return 0 if the network exists, else 1."""
    name = call.arguments[0]
    return 0 if without_row(call, name) is not None or call.engine.networks.find(name) is not None else 1
