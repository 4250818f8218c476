"""network reload: put firewall, bridges and names in place again."""

from __future__ import annotations

from cli.targets import latest
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Do it and print the containers' ids."""
    names = [latest(call)] if call.flag("latest") else call.arguments
    if not names and not call.flag("all"):
        raise InvalidInput("network reload needs a container", hint="name one, or use --all")
    for container_id in call.engine.networks.reload(names, all=call.flag("all")):
        call.print(container_id)
    return 0
