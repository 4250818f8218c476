"""network reload: set up firewall rules, bridges and name server again, for example after the host flushed its rules."""

from __future__ import annotations

from cli.targets import latest_container
from pycman.errors import InvalidInput

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Reload the networks of the containers and print the containers' ids."""
    names = [latest_container(call)] if call.flag("latest") else call.arguments
    if not names and not call.flag("all"):
        raise InvalidInput("network reload needs a container", hint="name one, or use --all", code="nothing-named")
    for container_id in call.engine.networks.reload(names, all=call.flag("all")):
        call.print(container_id)
    return 0
