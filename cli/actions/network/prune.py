"""network prune: remove networks that no container is connected to."""

from __future__ import annotations

from cli.output.prune import confirm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print the names."""
    if not confirm(call, "This will remove all custom networks not used by at least one container."):
        return 0
    removed = call.engine.networks.prune(call.pairs("filter"), stopped_count=call.habits.prune_keeps_networks)
    if removed and call.habits.prune_reports:
        call.print("Deleted Networks:")
    for name in removed:
        call.print(name)
    return 0
