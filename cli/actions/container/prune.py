"""container prune: remove all stopped containers."""

from __future__ import annotations

from cli.output.prune import confirm, print_pruned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cli.call import Call


def run(call: Call) -> int:
    """Ask, remove, and print the ids and the space reclaimed."""
    if not confirm(call, "This will remove all stopped containers."):
        return 0
    removed, freed = call.engine.containers.prune(call.pairs("filter"))
    print_pruned(call, "Deleted Containers:", removed, freed)
    return 0
